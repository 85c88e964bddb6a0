# The server, without the embedded PostgreSQL: give it DATABASE_URL. With the client, which `ledgerd reconcile` calls with.

FROM python:3.11-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
# What builds stays here; the server's environment has no pip.
RUN python -m venv /opt/tools && python -m venv --without-pip /opt/ledgerd
COPY image/build.txt image/requirements.txt image/
RUN /opt/tools/bin/pip install --require-hashes --only-binary :all: --requirement image/build.txt \
    && /opt/tools/bin/pip --python /opt/ledgerd/bin/python install \
        --require-hashes --only-binary :all: --requirement image/requirements.txt
COPY LICENSE README.md pyproject.toml ./
COPY protos protos
COPY clients/python clients/python
COPY src src
# Nothing of what is ours comes from the index, and nothing else is added to it.
RUN /opt/tools/bin/pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /wheels ./protos ./clients/python . \
    && /opt/tools/bin/pip --python /opt/ledgerd/bin/python install --no-index --no-deps /wheels/*.whl \
    && /opt/tools/bin/pip --python /opt/ledgerd/bin/python check


FROM python:3.11-slim

RUN groupadd --system --gid 10001 ledgerd \
    && useradd --system --uid 10001 --gid ledgerd --no-create-home --shell /usr/sbin/nologin ledgerd
COPY --from=build /opt/ledgerd /opt/ledgerd

ENV PATH=/opt/ledgerd/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LEDGERD_LISTEN=0.0.0.0:50051 \
    LEDGERD_METRICS_PORT=9464

# By number, so that a cluster that rejects root can see that it is not.
USER 10001:10001
EXPOSE 50051 9464
# SERVING only while the database answers. The start period covers migrations of an empty database.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-m", "ledgerd.cli.health"]
ENTRYPOINT ["ledgerd"]
CMD ["serve"]
