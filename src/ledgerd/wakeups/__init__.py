"""Wake-ups: hints that there is something new. Losing one costs latency, nothing else."""
