// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that queries get right answers through the whole VFS: many readers
 * beside a writer never see half a transfer, a write that fails leaves nothing
 * and hurts nobody of its group, a long query does not stop short ones, a
 * database that cannot be used is refused and not waited for, the WAL stays
 * short and is gone at the end.  Every kind of cut: on one thread turn by
 * turn, on several, replicated.
 */
#include <sys/stat.h>

#include "stages/db/ledger_test.h"

/* Transfers, sums and balances, all at once. */
struct mixed {
	u64 left;		/* answers to come, of all replicas */
	u64 asked;
	u64 seed;
	u64 sums, transfers, refused;
};

static struct mixed mixed;

static u32 roll(u64 *seed, u32 below)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return (*seed >> 33) % below;
}

static bool mixed_ask(struct sl_stage *stage, struct sl_event *event)
{
	struct ledger_query *q = ledger_query(event);
	u64 seed = __atomic_add_fetch(&mixed.seed, 1, __ATOMIC_RELAXED) *
		   0x9e3779b97f4a7c15ull;
	u32 dice = roll(&seed, 100);

	(void)stage;
	if (__atomic_fetch_sub(&mixed.asked, 1, __ATOMIC_RELAXED) - 1 >
	    1ull << 62) {
		__atomic_fetch_add(&mixed.asked, 1, __ATOMIC_RELAXED);
		return false;
	}
	q->a = roll(&seed, ACCOUNTS) + 1;
	q->b = roll(&seed, ACCOUNTS) + 1;
	q->c = roll(&seed, 900);
	event->op = dice < 40 ? LEDGER_TRANSFER : dice < 50 ? LEDGER_SUM :
		    dice < 60 ? LEDGER_TWICE : LEDGER_BALANCE;
	if (event->op == LEDGER_TWICE)
		q->b = q->a;
	if (dice == 99)
		q->a = ACCOUNTS + 1;	/* there is none */
	return true;
}

static void mixed_answer(struct sl_stage *stage, struct sl_event *event)
{
	const struct ledger_query *q = ledger_query(event);

	(void)stage;
	switch (event->op) {
	case LEDGER_SUM:
		CHECK_EQ(event->status, 0);
		CHECK_EQ(q->result, ACCOUNTS * BALANCE);
		CHECK_EQ(q->a, ACCOUNTS);
		__atomic_fetch_add(&mixed.sums, 1, __ATOMIC_RELAXED);
		break;
	case LEDGER_TWICE:
		CHECK_EQ(event->status, 0);
		CHECK_EQ(q->result, 0);
		break;
	case LEDGER_TRANSFER:
		CHECK(!event->status || event->status == -EINVAL);
		__atomic_fetch_add(event->status ? &mixed.refused
						 : &mixed.transfers, 1,
				   __ATOMIC_RELAXED);
		break;
	default:
		CHECK_EQ(event->status, q->a > ACCOUNTS ? -ENOENT : 0);
	}
	__atomic_fetch_sub(&mixed.left, 1, __ATOMIC_RELAXED);
}

static const struct {
	const char *name;
	const char *cut;
	bool storage;
	bool threads;
	u32 replicas;
	u32 queries;
	u32 delay;
	u32 short_count;
	u32 events, event_bytes;	/* of the database's bank; 0: usual */
	u32 readers;
	u64 sync;
} mixes[] = {
	{ "one thread", "a", 0, 0, 1, 1500, 0, 0, 0, 0, 8, SL_SQLITE_FULL },
	{ "late, disordered", "a", 0, 0, 1, 1500, 3, 0, 0, 0, 16,
	  SL_SQLITE_FULL },
	{ "lazy", "a", 0, 0, 1, 1500, 2, 0, 0, 0, 8, SL_SQLITE_NORMAL },
	{ "one event", "a", 0, 0, 1, 500, 1, 0, 1, 0, 8, SL_SQLITE_FULL },
	{ "tiny events", "a", 0, 0, 1, 500, 1, 0, 5, 512, 8, SL_SQLITE_FULL },
	{ "short moves", "a", 0, 0, 1, 500, 1, 1000, 0, 0, 8, SL_SQLITE_FULL },
	{ "one reader", "a", 0, 0, 1, 1000, 1, 0, 0, 0, 1, SL_SQLITE_FULL },
	{ "most readers", "a", 0, 0, 1, 1000, 1, 0, 0, 0, 64, SL_SQLITE_FULL },
	{ "threads", "abc", 0, 1, 1, 1500, 0, 0, 0, 0, 8, SL_SQLITE_FULL },
	{ "disk apart", "aab", 0, 1, 1, 1500, 0, 0, 0, 0, 8, SL_SQLITE_FULL },
	{ "replicas, turns", "a", 0, 0, 2, 1500, 1, 0, 0, 0, 8,
	  SL_SQLITE_FULL },
	{ "replicas", "a", 0, 1, 2, 1500, 0, 0, 0, 0, 8, SL_SQLITE_FULL },
	{ "late replicas", "a", 0, 1, 2, 1000, 2, 0, 0, 0, 8,
	  SL_SQLITE_FULL },
	{ "lazy replicas", "a", 0, 1, 2, 1500, 1, 0, 0, 0, 8,
	  SL_SQLITE_NORMAL },
	{ "nfs, turns", "a", 1, 0, 1, 1500, 0, 0, 0, 0, 8, SL_SQLITE_FULL },
	{ "nfs fused", "a", 1, 1, 1, 1500, 0, 0, 0, 0, 16, SL_SQLITE_FULL },
	{ "nfs apart", "aab", 1, 1, 1, 1500, 0, 0, 0, 0, 16, SL_SQLITE_FULL },
	{ "nfs in threads", "abcde", 1, 1, 1, 1000, 0, 0, 0, 0, 16,
	  SL_SQLITE_FULL },
	{ "nfs replicas", "a", 1, 1, 2, 1500, 0, 0, 0, 0, 16,
	  SL_SQLITE_FULL },
	{ "lazy nfs", "aab", 1, 1, 1, 1500, 0, 0, 0, 0, 16,
	  SL_SQLITE_NORMAL },
};

static void test_mixed(u32 i)
{
	struct ledger l;
	struct sl_graph_stage *db = &l.graph.stage[LEDGER_SQLITE];

	mixed = (struct mixed){ .left = mixes[i].queries,
				.asked = mixes[i].queries };
	ledger_init(&l, mixes[i].storage);
	l.client.ask = mixed_ask;
	l.client.answer = mixed_answer;
	l.disk.delay = mixes[i].delay;
	l.disk.reorder = mixes[i].delay > 1;
	l.disk.short_count = mixes[i].short_count;
	l.sqlite.readers = mixes[i].readers;
	l.sqlite.sync = mixes[i].sync;
	/* None, one of next to no pages, and enough. */
	l.sqlite.pool_bytes = i % 3 == 0 ? 0 : i % 3 == 1 ? 64 << 10 : 4 << 20;
	if (mixes[i].events)
		db->events = mixes[i].events;
	if (mixes[i].event_bytes)
		db->event_bytes = mixes[i].event_bytes;
	if (ledger_open(&l, mixes[i].cut, mixes[i].replicas) &&
	    !ledger_run(&l, &mixed.left, mixes[i].threads))
		fprintf(stderr, "with: %s\n", mixes[i].name);
	CHECK(mixed.sums && mixed.transfers && mixed.refused);
	if (mixes[i].threads && !CHECK(!ledger_has(l.directory,
						   "ledger.db-wal")))
		fprintf(stderr, "with: %s\n", mixes[i].name);
	ledger_close(&l);
}

/* A list of queries, asked in turn; the test looks at each answer. */
struct list {
	u64 left;
	u32 next, count;
	struct {
		u16 op;
		struct ledger_query q;
		int status;
		u32 place;	/* in the order of answers */
	} item[64];
	u32 answered;
};

static struct list list;

static bool list_ask(struct sl_stage *stage, struct sl_event *event)
{
	(void)stage;
	if (list.next == list.count)
		return false;
	event->op = list.item[list.next].op;
	event->context = (void *)(uintptr_t)list.next;
	*ledger_query(event) = list.item[list.next++].q;
	return true;
}

static void list_answer(struct sl_stage *stage, struct sl_event *event)
{
	uintptr_t i = (uintptr_t)event->context;

	(void)stage;
	list.item[i].status = event->status;
	list.item[i].q = *ledger_query(event);
	list.item[i].place = list.answered++;
	WRITE_ONCE(list.left, list.left - 1);
}

static void list_add(u16 op, s64 a, s64 b, s64 c)
{
	list.item[list.count].op = op;
	list.item[list.count++].q = (struct ledger_query){ .a = a, .b = b,
							   .c = c };
	list.left++;
}

static void list_init(struct ledger *l)
{
	memset(&list, 0, sizeof(list));
	ledger_init(l, false);
	l->client.ask = list_ask;
	l->client.answer = list_answer;
}

/* All of them are one group; those that fail leave nothing behind. */
static void test_group(void)
{
	struct ledger l;
	struct disk *disk;
	u32 i;

	list_init(&l);
	for (i = 0; i < 10; i++) {
		list_add(LEDGER_ADD, i, 100, 0);
		list_add(LEDGER_TRANSFER, i + 1, i + 2, 100000);
		list_add(LEDGER_ADD, i, 100, 0);	/* there already */
	}
	l.sqlite.group_max = 64;
	if (ledger_open(&l, "a", 1))
		ledger_run(&l, &list.left, false);
	for (i = 0; i < 30; i += 3) {
		CHECK_EQ(list.item[i].status, 0);
		CHECK_EQ(list.item[i + 1].status, -EINVAL);
		CHECK_EQ(list.item[i + 2].status, -EEXIST);
	}
	disk = ledger_stage(&l, LEDGER_DISK)->private;
	/* One for the WAL's header and one for the transaction. */
	CHECK(disk->ops[SL_FILE_COMMIT] <= 3);
	ledger_close(&l);
}

static void test_odd_queries(void)
{
	struct ledger l;

	list_init(&l);
	list_add(LEDGER_OPS, 0, 0, 0);
	list_add(0xffff, 0, 0, 0);
	list_add(LEDGER_BALANCE, -1, 0, 0);
	list_add(LEDGER_BALANCE, 7, 0, 0);
	if (ledger_open(&l, "a", 1))
		ledger_run(&l, &list.left, false);
	CHECK_EQ(list.item[0].status, -EINVAL);
	CHECK_EQ(list.item[1].status, -EINVAL);
	CHECK_EQ(list.item[2].status, -ENOENT);
	CHECK_EQ(list.item[3].status, 0);
	CHECK_EQ(list.item[3].q.result, BALANCE);
	ledger_close(&l);
}

/* Short queries that come after a long one are answered before it. */
static void test_fairness(void)
{
	struct ledger l;
	u32 i;

	list_init(&l);
	list_add(LEDGER_LONG, 300000, 0, 0);
	list_add(LEDGER_LONG, 300000, 0, 0);
	for (i = 0; i < 20; i++)
		list_add(i % 2 ? LEDGER_BALANCE : LEDGER_TRANSFER, 1, 2, 1);
	if (ledger_open(&l, "a", 1))
		ledger_run(&l, &list.left, false);
	CHECK_EQ(list.item[0].q.result, 300000);
	CHECK(list.item[0].place >= 20 && list.item[1].place >= 20);
	ledger_close(&l);
}

/* Keeps what is said on stderr, to look at it. */
static int heard_fd, stderr_fd;

static void hear(void)
{
	heard_fd = fileno(tmpfile());
	stderr_fd = dup(2);
	dup2(heard_fd, 2);
}

/* One line it was, with this in it. */
static void heard(const char *what)
{
	char text[1024] = { 0 };
	ssize_t bytes;

	dup2(stderr_fd, 2);
	close(stderr_fd);
	bytes = pread(heard_fd, text, sizeof(text) - 1, 0);
	close(heard_fd);
	if (!CHECK(bytes > 0 && strstr(text, what)) ||
	    !CHECK(strchr(text, '\n') == text + bytes - 1))
		fprintf(stderr, "expected \"%s\", heard: %s\n", what, text);
}

/* What is wrong with the directory, and what comes of it. */
static const struct {
	const char *sql;	/* done to the database before */
	bool missing, garbage;
	int status;		/* of every query */
	const char *said;
} unusable[] = {
	{ NULL, true, false, -ENOENT, "populate the export first" },
	{ NULL, false, true, -EIO, "file is not a database; populate" },
	{ "DROP TABLE entry", false, false, -EIO, "no such table: entry;" },
	{ "ALTER TABLE account RENAME balance TO b", false, false, -EIO,
	  "does not fit schema 'ledger': no such column" },
};

static void spoil(const struct ledger *l, u32 i)
{
	static char garbage[8192];
	char path[LEDGER_PATH_MAX + 32];
	sqlite3 *db;
	FILE *f;

	snprintf(path, sizeof(path), "%s/ledger.db", l->directory);
	if (unusable[i].missing)
		unlink(path);
	if (unusable[i].garbage) {
		memset(garbage, 'x', sizeof(garbage));
		f = fopen(path, "w");
		CHECK(f && fwrite(garbage, sizeof(garbage), 1, f) == 1);
		fclose(f);
	}
	if (unusable[i].sql) {
		CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
		CHECK_EQ(sqlite3_exec(db, unusable[i].sql, NULL, NULL, NULL),
			 SQLITE_OK);
		sqlite3_close(db);
	}
}

static void test_unusable(u32 i)
{
	struct ledger l;
	u32 j;

	list_init(&l);
	for (j = 0; j < 20; j++)
		list_add(j % LEDGER_OPS, 1, 2, 3);
	spoil(&l, i);
	hear();
	if (ledger_open(&l, "aab", 1))
		ledger_run(&l, &list.left, i % 2);
	heard(unusable[i].said);
	for (j = 0; j < 20; j++)
		CHECK_EQ(list.item[j].status, unusable[i].status);
	sl_pipeline_close(l.pipeline);
	ledger_remove(l.directory);
}

/* Two stages must not believe that each has the database alone. */
static void test_two_stages(void)
{
	struct sl_sqlite_options other;
	struct client_options other_client;
	struct ledger l;
	int client, db;
	u32 i;

	list_init(&l);
	for (i = 0; i < 8; i++)
		list_add(LEDGER_BALANCE, 1, 0, 0);
	other = l.sqlite;
	other_client = l.client;
	client = sl_graph_add(&l.graph, "client2", &client_stage,
			      &other_client);
	db = sl_graph_add(&l.graph, "db2", &sl_sqlite_stage, &other);
	CHECK_EQ(sl_graph_join(&l.graph, client, db), 0);
	CHECK_EQ(sl_graph_join(&l.graph, db, LEDGER_DISK), 0);
	l.graph.stage[LEDGER_CLIENT].events = 4;
	l.graph.stage[client].events = 4;
	hear();
	if (ledger_open(&l, "a", 1))
		ledger_run(&l, &list.left, false);
	heard("another sqlite stage has it open");
	for (i = 0; i < 8; i++)
		CHECK_EQ(list.item[i].status, i < 4 ? 0 : -EIO);
	ledger_close(&l);
}

/* Cut off at any moment, with everything under way; ASan counts what is left. */
static void test_cut_off(u32 turns)
{
	struct ledger l;
	u32 i;

	mixed = (struct mixed){ .left = 1u << 30, .asked = 1u << 30 };
	ledger_init(&l, false);
	l.client.ask = mixed_ask;
	l.client.answer = mixed_answer;
	l.disk.delay = 2;
	if (ledger_open(&l, "a", 1))
		for (i = 0; i < turns; i++)
			sl_pipeline_turn(l.pipeline);
	ledger_close(&l);
}

/* Writes without end, and a reader in every moment. */
static void test_wal_length(void)
{
	struct ledger l;
	struct stat st = { 0 };
	char path[LEDGER_PATH_MAX + 32];
	u64 max = 0;
	u32 i = 0;

	mixed = (struct mixed){ .left = 8000, .asked = 8000 };
	ledger_init(&l, false);
	l.client.ask = mixed_ask;
	l.client.answer = mixed_answer;
	l.disk.delay = 2;
	l.sqlite.group_max = 4;
	snprintf(path, sizeof(path), "%s/ledger.db-wal", l.directory);
	if (ledger_open(&l, "a", 1)) {
		while (mixed.left && i++ < 10000000) {
			sl_pipeline_turn(l.pipeline);
			if (i % 64 == 0 && !stat(path, &st))
				max = max(max, (u64)st.st_size);
		}
	}
	CHECK_EQ(mixed.left, 0);
	CHECK(mixed.transfers > 2000);
	/* Four times 100 pages, and what comes while that is being mended. */
	CHECK(max > 100 * 4096 && max < 700 * 4096);
	ledger_close(&l);
}

int main(void)
{
	u32 i;

	test_odd_queries();
	test_group();
	test_fairness();
	for (i = 0; i < ARRAY_SIZE(mixes); i++)
		test_mixed(i);
	for (i = 0; i < ARRAY_SIZE(unusable); i++)
		test_unusable(i);
	test_two_stages();
	for (i = 1; i < 600; i += 1 + i / 4)
		test_cut_off(i);
	test_wal_length();
	TEST_END();
}
