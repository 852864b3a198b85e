/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A client for tests that adds entries and keeps account of what came of each:
 * what was acknowledged must be found afterwards, what was refused must not.
 */
#ifndef ENTRIES_TEST_H
#define ENTRIES_TEST_H

#include <sys/mman.h>

#include "stages/db/ledger_test.h"

#define ENTRIES_MAX	200000

enum { ENTRY_UNKNOWN, ENTRY_ACKNOWLEDGED, ENTRY_REFUSED };

/* In memory that is shared with children, who may be killed. */
static struct entries {
	u64 left;		/* answers to come */
	s64 asked;		/* queries to ask */
	s64 next;		/* number of the next entry */
	u64 good, failed;
	int error;		/* the last one */
	u32 bytes;		/* of an entry */
	u8 came_of[ENTRIES_MAX];
} *entries;

static inline void entries_init(u32 queries)
{
	if (!entries)
		entries = mmap(NULL, sizeof(*entries), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(entries, 0, sizeof(*entries));
	entries->left = entries->asked = queries;
	entries->bytes = 1000;
}

static inline bool entries_ask(struct sl_stage *stage, struct sl_event *event)
{
	struct ledger_query *q = ledger_query(event);
	s64 asked = __atomic_sub_fetch(&entries->asked, 1, __ATOMIC_RELAXED);

	(void)stage;
	if (asked < 0) {
		__atomic_add_fetch(&entries->asked, 1, __ATOMIC_RELAXED);
		return false;
	}
	switch (asked % 4) {
	case 0:
		event->op = LEDGER_SUM;
		break;
	case 1:
		event->op = LEDGER_TRANSFER;
		q->a = asked % ACCOUNTS + 1;
		q->b = asked / 7 % ACCOUNTS + 1;
		q->c = asked % 50;
		break;
	default:
		event->op = LEDGER_ADD;
		q->a = __atomic_fetch_add(&entries->next, 1, __ATOMIC_RELAXED);
		q->b = entries->bytes;
		CHECK(q->a < ENTRIES_MAX);
	}
	return true;
}

static inline void entries_answer(struct sl_stage *stage,
				  struct sl_event *event)
{
	const struct ledger_query *q = ledger_query(event);
	bool good = !event->status || (event->op == LEDGER_TRANSFER &&
				       event->status == -EINVAL);

	(void)stage;
	if (event->op == LEDGER_ADD)
		WRITE_ONCE(entries->came_of[q->a],
			   good ? ENTRY_ACKNOWLEDGED : ENTRY_REFUSED);
	if (event->op == LEDGER_SUM && good)
		CHECK_EQ(q->result, ACCOUNTS * BALANCE);
	if (!good)
		WRITE_ONCE(entries->error, event->status);
	__atomic_add_fetch(good ? &entries->good : &entries->failed, 1,
			   __ATOMIC_RELAXED);
	__atomic_sub_fetch(&entries->left, 1, __ATOMIC_RELAXED);
}

/* After a crash an entry that was refused may be there, but only then. */
static inline void entries_audit(const struct ledger *l, bool crashed)
{
	static u8 found[ENTRIES_MAX];
	sqlite3_stmt *st;
	char path[LEDGER_PATH_MAX + 32];
	sqlite3 *db;
	s64 i;

	memset(found, 0, sizeof(found));
	snprintf(path, sizeof(path), "%s/ledger.db", l->directory);
	CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_prepare_v2(db, "SELECT number FROM entry", -1, &st, NULL);
	while (sqlite3_step(st) == SQLITE_ROW)
		found[sqlite3_column_int64(st, 0)] = true;
	sqlite3_finalize(st);
	sqlite3_close(db);
	for (i = 0; i < ENTRIES_MAX; i++) {
		if (entries->came_of[i] == ENTRY_ACKNOWLEDGED && !found[i])
			CHECK_EQ(i, -1);
		if (entries->came_of[i] == ENTRY_REFUSED && found[i] &&
		    !crashed)
			CHECK_EQ(i, -1);
	}
}

#endif /* ENTRIES_TEST_H */
