// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a process killed with SIGKILL at any moment loses nothing that
 * it has acknowledged: a child adds entries as fast as it can, is killed, and
 * the parent, who shares its notes, looks for them.  The next child goes on
 * with what the last one has left behind.
 */
#include <signal.h>
#include <sys/wait.h>

#include "stages/db/entries_test.h"

#define ROUNDS	12

static const char *const cuts[] = { "a", "aab", "abcde" };

/* Never returns. */
static void add_forever(struct ledger *l, u32 round)
{
	bool replicas = round % 4 == 3;

	if (!ledger_open(l, replicas ? "a" : cuts[round % 3], 1 + replicas) ||
	    sl_pipeline_start(l->pipeline))
		_exit(1);
	for (;;)
		pause();
}

static void kill_after_ms(pid_t child, u32 ms)
{
	struct timespec wait = { 0, 1000000 };
	int status = 0;

	/* Time runs from when it has begun; a sanitizer's child is slow. */
	while (!READ_ONCE(entries->good) && !waitpid(child, &status, WNOHANG))
		nanosleep(&wait, NULL);
	wait.tv_nsec = ms * 1000000;
	nanosleep(&wait, NULL);
	kill(child, SIGKILL);
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

int main(void)
{
	struct ledger l;
	s64 next = 0;
	u32 round;

	entries_init(0);
	ledger_init(&l, true);
	l.client.ask = entries_ask;
	l.client.answer = entries_answer;
	l.sqlite.checkpoint = 50;
	for (round = 0; round < ROUNDS; round++) {
		pid_t child;

		entries->asked = 1ll << 40;
		entries->good = 0;
		/* What was under way when the last one died is in doubt. */
		next = entries->next;
		child = fork();
		if (!child)
			add_forever(&l, round);
		CHECK(child > 0);
		kill_after_ms(child, 7 + round * 29 % 100);
		CHECK(entries->good && entries->next > next);
		/* Every other time the next child finds the WAL as it is. */
		if (round % 2) {
			entries_audit(&l, true);
			ledger_audit(l.directory);
		}
	}
	CHECK_EQ(entries->failed, 0);
	l.pipeline = NULL;
	ledger_close(&l);
	TEST_END();
}
