-- Data of a database of migration 0011, as pg_dump --data-only --inserts writes it.
INSERT INTO public.identities VALUES
	('01a2297e-7210-7521-8963-3c46dc32ffe7', 'INDIVIDUAL', '{"city": "Paris", "first_name": "Ada"}', '{}', NULL, '2026-11-29 22:48:02.320309+00', '2026-11-29 22:48:02.344298+00', '5ad70af9-c21d-4747-9973-cf1eba588088');
INSERT INTO public.ledgers VALUES
	('00000000-0000-7000-8000-000000000001', 'General Ledger', '{}', NULL, '1970-01-01 00:00:00+00', '1970-01-01 00:00:00+00', NULL),
	('01a2297e-71df-7bca-bbf2-50b66f229e9b', 'Clients', '{"a": "b"}', 'l-1', '2026-11-29 22:48:02.27172+00', '2026-11-29 22:48:02.313966+00', NULL);
INSERT INTO public.balances VALUES
	('01a2297e-7263-72fd-9126-7817d74a4ae3', '00000000-0000-7000-8000-000000000001', NULL, '@World', 'USD', 100, 1, 0, 5, 0, 0, NULL, '2026-11-29 22:48:02.420217+00', NULL, NULL, false, 'FIFO', '{}', NULL, '2026-11-29 22:48:02.403001+00', '2026-11-29 22:48:02.403001+00', 'OPEN', NULL),
	('01a2297e-723e-7db6-b948-a6d6f8f75816', '01a2297e-71df-7bca-bbf2-50b66f229e9b', '01a2297e-7210-7521-8963-3c46dc32ffe7', NULL, 'USD', 100, 6, 5, 0, 0, 0, NULL, '2026-11-29 22:48:02.431183+00', 'g', 't', false, 'FIFO', '{"x": "y"}', NULL, '2026-11-29 22:48:02.364436+00', '2026-11-29 22:48:02.431183+00', 'FROZEN', NULL);
INSERT INTO public.creations VALUES
	('LEDGER', 'l-1', '01a2297e-71df-7bca-bbf2-50b66f229e9b', '{"name": "8538f2a13d5f76af7f301cb69e48a229", "metadata": "f7bc634f650ad6267514b040caa39dae"}', '2026-11-29 22:48:02.27172+00');
INSERT INTO public.events VALUES
	('01a2297e-71df-7aca-bd02-273da0000001', 'LEDGER_CREATED', '01a2297e-71df-7bca-bbf2-50b66f229e9b', NULL, '{"id": "ldg_01m8mqwwezff5bqwjgpsqj57mv", "name": "Customers", "settings_digest": "3215c0f294efa48947def6963365f16cd31b6a336513347888aba0d508d4d7b1"}', '2026-11-29 22:48:02.27172+00'),
	('01a2297e-7209-7ecf-8cc5-549344000001', 'LEDGER_UPDATED', '01a2297e-71df-7bca-bbf2-50b66f229e9b', NULL, '{"id": "ldg_01m8mqwwezff5bqwjgpsqj57mv", "settings_digest": "b5273af34c5166d689eee6c75dc84b86506c2b071fc6441b8ae5681eea6c89d0"}', '2026-11-29 22:48:02.313966+00'),
	('01a2297e-7210-7481-838f-bf76ea000001', 'IDENTITY_CREATED', '01a2297e-7210-7521-8963-3c46dc32ffe7', NULL, '{"id": "idt_01m8mqwwggemgrjrsw8ve35zz7", "settings_digest": "f47b9cb2ccdb58c44486db736879fb186978060b129a01120a6a806000c15c51"}', '2026-11-29 22:48:02.320309+00'),
	('01a2297e-721f-77c4-9f11-81ce88000001', 'IDENTITY_CREATED', '01a2297e-721f-787b-a24e-edd42504867c', NULL, '{"id": "idt_01m8mqwwgzf1xt4kqdtgjg91kw", "settings_digest": "9a8c41ae5de728e0553c762d5dd3606f3f13402a7eaf046567e846cc8a496b74"}', '2026-11-29 22:48:02.335517+00'),
	('01a2297e-7228-744b-ad12-4b6830000001', 'IDENTITY_UPDATED', '01a2297e-7210-7521-8963-3c46dc32ffe7', NULL, '{"id": "idt_01m8mqwwggemgrjrsw8ve35zz7", "settings_digest": "f99ff12af2d474d2666f52410fa6b00f55bbdd762593e93b7e4a8c2acc3b0298"}', '2026-11-29 22:48:02.344298+00'),
	('01a2297e-7231-7d55-9227-ec0dda000001', 'IDENTITY_DELETED', '01a2297e-721f-787b-a24e-edd42504867c', NULL, '{"id": "idt_01m8mqwwgzf1xt4kqdtgjg91kw"}', '2026-11-29 22:48:02.353865+00'),
	('01a2297e-723c-768c-afdb-b2174c000001', 'BALANCE_CREATED', '01a2297e-723e-7db6-b948-a6d6f8f75816', '01a2297e-723e-7db6-b948-a6d6f8f75816', '{"balance_id": "bln_01m8mqwwhyfpvbjj56tvwfep0p", "indicator": null, "currency": "USD", "precision": "100", "ledger_id": "ldg_01m8mqwwezff5bqwjgpsqj57mv", "identity_id": "idt_01m8mqwwggemgrjrsw8ve35zz7", "settings_digest": "befd22cd50ccc2ab05bbb89eb66e2fe028628994d88fa9fd7516e7574a7f9f83"}', '2026-11-29 22:48:02.364436+00'),
	('01a2297e-7251-796c-986a-bf76ba000001', 'BALANCE_UPDATED', '01a2297e-723e-7db6-b948-a6d6f8f75816', '01a2297e-723e-7db6-b948-a6d6f8f75816', '{"balance_id": "bln_01m8mqwwhyfpvbjj56tvwfep0p", "settings_digest": "f6c9dc5378317a7f2cd77845eaa481beda9b7b59ce3b59e727d6ac1bfd8538ad"}', '2026-11-29 22:48:02.38561+00'),
	('01a2297e-7262-7f7e-ae5b-4be16c000001', 'BALANCE_CREATED', '01a2297e-7263-72fd-9126-7817d74a4ae3', '01a2297e-7263-72fd-9126-7817d74a4ae3', '{"balance_id": "bln_01m8mqwwk3ebys29kr2zbmmjq3", "ledger_id": "ldg_0000000000e008000000000001", "indicator": "@World", "currency": "USD", "precision": "100", "settings_digest": "bb68c82936c4bcf2acfe69e54da5681950fcad84f6b9910cfcba9d1cc679beb5"}', '2026-11-29 22:48:02.403001+00'),
	('01a2297e-727f-7286-ac5d-a6f7ea000001', 'BALANCE_FROZEN', '01a2297e-723e-7db6-b948-a6d6f8f75816', '01a2297e-723e-7db6-b948-a6d6f8f75816', '{"balance_id": "bln_01m8mqwwhyfpvbjj56tvwfep0p", "indicator": null, "currency": "USD", "precision": "100", "ledger_id": "ldg_01m8mqwwezff5bqwjgpsqj57mv", "identity_id": "idt_01m8mqwwggemgrjrsw8ve35zz7", "state": "FROZEN", "figures": ["2", "5", "0", "0", "0"], "reason": null, "settings_digest": "15241fc1cee9089dcbf54aa8dafbb3d1cf75b001b36a0ad99d274eae751983d6"}', '2026-11-29 22:48:02.431183+00'),
	('01a2297e-7284-7966-be49-8c1b2a000001', 'MONITOR_CREATED', '01a2297e-7285-7388-bf2f-1272b1b8d147', NULL, '{"id": "mon_01m8mqwwm5ee4bybrjearvhma7", "settings_digest": "60af86a147b4706bab29f0d30042e9c1291e49d87d8fade882b6fd47784d8237"}', '2026-11-29 22:48:02.436607+00'),
	('01a2297e-728b-7422-afc6-aaccf6000001', 'MONITOR_UPDATED', '01a2297e-7285-7388-bf2f-1272b1b8d147', NULL, '{"id": "mon_01m8mqwwm5ee4bybrjearvhma7", "settings_digest": "6f89a7da9625853381d3417f90b798b77c8aeb4ac6b5d65b27b054c6cbfa59c4"}', '2026-11-29 22:48:02.443282+00'),
	('01a2297e-7290-77d6-8857-375eea000001', 'MONITOR_CREATED', '01a2297e-7291-72c5-bf84-44070f450e47', NULL, '{"id": "mon_01m8mqwwmheb2vz1240w7ma3j7", "settings_digest": "71abe6c11f14b4e58173ebb4653656be342a4623fda836a7dc562fc74e9640ea"}', '2026-11-29 22:48:02.448513+00'),
	('01a2297e-729d-705a-baae-073646000001', 'MONITOR_DELETED', '01a2297e-7291-72c5-bf84-44070f450e47', NULL, '{"id": "mon_01m8mqwwmheb2vz1240w7ma3j7"}', '2026-11-29 22:48:02.461049+00');
INSERT INTO public.journal VALUES
	('01a2297e-71df-7aca-bd02-273da0000000', 1, 1, '\xab83283d8a18063d7ec721df0d509a4a6df854f1e1181a28ba285e0d5153a82d', 1, '2026-11-29 22:48:02.27172+00'),
	('01a2297e-7209-7ecf-8cc5-549344000000', 2, 1, '\xfe2eb191890017220f196d86f8dd7ff328d8822ca146315fad6e15a38f45129a', 1, '2026-11-29 22:48:02.313966+00'),
	('01a2297e-7210-7481-838f-bf76ea000000', 3, 1, '\xc233ac0cea900beef8dba54da0520832c62bddbb22d43d245a263d3e5121e09e', 1, '2026-11-29 22:48:02.320309+00'),
	('01a2297e-721f-77c4-9f11-81ce88000000', 4, 1, '\x682a5282a14c3501d18a03218d3b67c0330eaf295fd5c34993b5be393358c6ce', 1, '2026-11-29 22:48:02.335517+00'),
	('01a2297e-7228-744b-ad12-4b6830000000', 5, 1, '\x6fa56b910743ebb9653ce38ce8efdb37cb8598915d39d626065231ea62ec8ec7', 1, '2026-11-29 22:48:02.344298+00'),
	('01a2297e-7231-7d55-9227-ec0dda000000', 6, 1, '\x0339b4130fecbe406f05fa43fd07555d12f441e2491ee0559f383a3591dc80f5', 1, '2026-11-29 22:48:02.353865+00'),
	('01a2297e-723c-768c-afdb-b2174c000000', 7, 1, '\x3b379a07b3dd444adcd05f12e3fd824a137bed87a84f4c42656524bff09f5678', 1, '2026-11-29 22:48:02.364436+00'),
	('01a2297e-7251-796c-986a-bf76ba000000', 8, 1, '\x04982e264ff9d0c70578ba5e2aaaa0fc6675c93c628539f55e41a530f96748bc', 1, '2026-11-29 22:48:02.38561+00'),
	('01a2297e-7262-7f7e-ae5b-4be16c000000', 9, 1, '\x5ef655f13b83a3ec69a95b7a70c2616bbd7ae67ad42600d4ae5f20edc07b6e91', 1, '2026-11-29 22:48:02.403001+00'),
	('01a2297e-7274-7308-a0a6-2a800e000000', 10, 1, '\x19ff279d6bae56f5a7137f2dd6911197f1b67d80ac27f82a67330dfd4008dea7', 1, '2026-11-29 22:48:02.420217+00'),
	('01a2297e-727f-7286-ac5d-a6f7ea000000', 11, 1, '\x11348255db18c1b3fd963fcde262a8d6e2c5953d90e2aa973fcd796884f854c7', 1, '2026-11-29 22:48:02.431183+00'),
	('01a2297e-7284-7966-be49-8c1b2a000000', 12, 1, '\x705417c5ab74a45ebe96884748aa64660d6e8e4a7c242dcb6cc834cc317cbbb3', 1, '2026-11-29 22:48:02.436607+00'),
	('01a2297e-728b-7422-afc6-aaccf6000000', 13, 1, '\x0af9c5f6f14f4f2219a7683a7ba1d142fb860f2b47b475095eede6888805087c', 1, '2026-11-29 22:48:02.443282+00'),
	('01a2297e-7290-77d6-8857-375eea000000', 14, 1, '\xbd06917e4f7e6870180a8c4a3ba34e27f533a61b149edf89414bee7fd3ffca02', 1, '2026-11-29 22:48:02.448513+00'),
	('01a2297e-729d-705a-baae-073646000000', 15, 1, '\x0042805379cdacc92bcd0dcfe0bfebc653b9ce8497ea5a68606062a5dca0cd3f', 1, '2026-11-29 22:48:02.461049+00');
INSERT INTO public.journal_head VALUES
	(true, 'e78cb63e3b3845cba4357b95a92e72d6', 15, '\xf6d1c81d8af78480161fe6e681152572aecfbb8896c0ce3d0ce85d71d0bbaa13');
INSERT INTO public.monitors VALUES
	('01a2297e-7285-7388-bf2f-1272b1b8d147', '01a2297e-723e-7db6-b948-a6d6f8f75816', '[["BALANCE", "GREATER", "10"]]', 'EDGE', 'kept', '{}', NULL, '2026-11-29 22:48:02.436607+00', '2026-11-29 22:48:02.443282+00');
INSERT INTO public.positions VALUES
	(1, '01a2297e-71df-7aca-bd02-273da0000000', '\x62c1ad13ee226a24e2a550ba7e074d197168335b9c67966bdad8f34ac2f84dec'),
	(2, '01a2297e-7209-7ecf-8cc5-549344000000', '\x1e78855e8a8eab42b653f339cb7a9babc415636f2b46fb009ea94b8d125cd0f8'),
	(3, '01a2297e-7210-7481-838f-bf76ea000000', '\xc69b40e3ba698a9fd27ae4b83f7ab2a656c331e07ca00f17081812cd26f0fdb9'),
	(4, '01a2297e-721f-77c4-9f11-81ce88000000', '\xcb43c57dc88530749dc663e38c6f47466327a90c3ac7378419b4c121bfa63b92'),
	(5, '01a2297e-7228-744b-ad12-4b6830000000', '\x441a78b6af1d7ce87c754a3ca027f9d1f99387cb2a51a09e4eb4d383a50744a6'),
	(6, '01a2297e-7231-7d55-9227-ec0dda000000', '\xcd18c6e7f0d7effab39ce4696dda6c1d3645cf7b4dd8b5f80ce482ef5fcb6940'),
	(7, '01a2297e-723c-768c-afdb-b2174c000000', '\xf9be21dad40f59e94d2b06c28ed49647b5ed7a643ddf109159ff75b91af9f237'),
	(8, '01a2297e-7251-796c-986a-bf76ba000000', '\xcc41f59ce2a9b175d7d58b702d14f448a7b21ea6262e4de6a2ccb84f570a37dd'),
	(9, '01a2297e-7262-7f7e-ae5b-4be16c000000', '\x9d66a419511c39c6aca2642af01d8788e882efa0bf7a238cec9be16b19cb97e2'),
	(10, '01a2297e-7274-7308-a0a6-2a800e000000', '\xe000b5288d9f0a4e36fb50edfdc3e7b0bb03a71dda1d392a15b471c38f65f121'),
	(11, '01a2297e-727f-7286-ac5d-a6f7ea000000', '\x488f65a9c79987b7c042d50658a2e99dade42f83102b0e32ba6324cbd002ddf6'),
	(12, '01a2297e-7284-7966-be49-8c1b2a000000', '\xa7dcf9e10fbbeadd6437f5ceb34833f0995fa01abcdbb627506609f72bb38ddb'),
	(13, '01a2297e-728b-7422-afc6-aaccf6000000', '\xe4d0522c175b9378dca1d1ed1ecc31387f3926536c9217a879dc3b9c570c13fe'),
	(14, '01a2297e-7290-77d6-8857-375eea000000', '\xbc92f7d6f94642c72f46ea2bc010ffbb30448f7d7d5a7407e8951db43a9591e5'),
	(15, '01a2297e-729d-705a-baae-073646000000', '\xf6d1c81d8af78480161fe6e681152572aecfbb8896c0ce3d0ce85d71d0bbaa13');
INSERT INTO public.transactions VALUES
	('01a2297e-7274-7308-a0a6-2a800e000001', 'one', 'POSTING', 'USD', 100, 5, '01a2297e-7263-72fd-9126-7817d74a4ae3', 1, 0, 5, 0, 0, '01a2297e-723e-7db6-b948-a6d6f8f75816', 1, 5, 0, 0, 0, true, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-29 22:48:02.420217+00', NULL, NULL, 'APPLIED', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT pg_catalog.setval('public.due_seq_seq', 1, false);
SELECT pg_catalog.setval('public.journal_order', 15, true);
