// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves what a ring of lines promises between processes, and when one of them
 * is killed.
 *
 *   tags       every pattern of tags on small rings: where a successor starts
 *   processes  two map the same lines at different addresses
 *   steps      after every single instruction of a push and of a pop, what a
 *              successor would find if the process had been killed there
 *   kills      many processes killed at random moments, producers and
 *              consumers in turn, each with a successor; not a message is
 *              lost, doubled, torn or out of order
 */
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/errno.h>
#include <linux/kernel.h>

#include "ring/line_ring.h"
#include "tools/test.h"

#define SLOTS		64
#define BATCH_MAX	24
#define MESSAGES	50000
#define KILLS		200
#define KILLS_MS	800
#define STEPPED		10
#define STEPS_MAX	200000

/* Shared by the processes: the lines, and what each side says it has done. */
struct shared {
	struct sl_line line[SLOTS];
	u64 begun;	/* messages that the producer has begun to push */
	u64 pushed;	/* of which the pushes have returned */
	u64 popped;	/* messages that pops of the consumer have returned */
};

static struct shared *map(int fd)
{
	struct shared *shared = mmap(NULL, sizeof(*shared),
				     PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (shared == MAP_FAILED)
		TEST_SKIP("no shared memory");
	return shared;
}

static void write_message(struct sl_line *line, u64 n)
{
	u32 i;

	for (i = 0; i < SL_LINE_WORDS; i++)
		line->word[i] = (n + 1) * (2 * i + 1);
}

static bool is_message(const struct sl_line *line, u64 n)
{
	u32 i;

	for (i = 0; i < SL_LINE_WORDS; i++)
		if (line->word[i] != (n + 1) * (2 * i + 1))
			return false;
	return true;
}

static u64 now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

/* Lines that are full from one on, as many as so, over the wrap; or -1. */
static int run_of(u32 pattern, u32 slots, u32 from)
{
	u32 n, i;

	for (n = 0; n < slots; n++)
		if (!(pattern >> ((from + n) % slots) & 1))
			break;
	for (i = n; i < slots; i++)
		if (pattern >> ((from + i) % slots) & 1)
			return -1;
	return n;
}

static void check_tail_of(struct sl_line *lines, u32 pattern, u32 slots)
{
	u32 whole = (1u << slots) - 1;
	bool clear = slots == 1 || pattern != whole;
	u32 tail = slots, from;
	int err;

	/* There is a run at all, and it is clear where it begins. */
	for (from = 0; from < slots; from++)
		if (run_of(pattern, slots, from) >= 0 &&
		    (!pattern || slots == 1 ||
		     pattern >> from & 1))
			break;
	err = sl_line_find(lines, slots, &tail);
	CHECK_EQ(err, clear && from < slots ? 0 : -EPROTO);
	CHECK_EQ(tail, err ? slots : from);
}

static void test_tags(u32 slots)
{
	struct sl_line lines[8];
	struct sl_line_tx tx;
	struct sl_line_rx rx;
	u32 pattern, i;

	for (pattern = 0; pattern < 1u << slots; pattern++) {
		memset(lines, 0, sizeof(lines));
		for (i = 0; i < slots; i++)
			lines[i].word[0] = pattern >> i & 1;
		/* Positions that wrap around, and others. */
		for (i = -2 * slots; i != 2 * slots; i++) {
			int run = run_of(pattern, slots, i % slots);
			int back;

			CHECK_EQ(sl_line_tx_resume(&tx, lines, slots, i),
				 run < 0 ? -EPROTO : 0);
			if (run >= 0)
				CHECK_EQ(tx.head, i + run);
			/* All full runs that end before this position. */
			for (back = slots; back >= 0; back--)
				if (run_of(pattern, slots,
					   (i - back) % slots) == back)
					break;
			CHECK_EQ(sl_line_rx_resume(&rx, lines, slots, i),
				 back < 0 ? -EPROTO : 0);
			if (back >= 0)
				CHECK_EQ(rx.tail, i - back);
		}
		check_tail_of(lines, pattern, slots);
	}
}

/* A child that dies with its parent, lest a failing test leave it spinning. */
static pid_t start(void)
{
	pid_t pid = fork();

	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

/* The same, which in a while is killed in whatever it does. */
static pid_t start_doomed(void)
{
	u32 us = 20 + rand() % 2000;
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGKILL };
	struct itimerspec when = { .it_value.tv_nsec = 1000l * us };
	pid_t pid = start();
	timer_t timer;

	if (!pid && (timer_create(CLOCK_MONOTONIC, &event, &timer) ||
		     timer_settime(timer, 0, &when, NULL)))
		_exit(1);
	return pid;
}

/* Asks about a doomed child; once dead it has been waited for. */
static bool is_alive(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WNOHANG) != pid)
		return true;
	/* By itself it ends only if a message was wrong. */
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return false;
}

static void produce(struct shared *shared, struct sl_line_tx *tx, u64 n,
		    u64 end)
{
	struct sl_line line[BATCH_MAX];
	u32 seed = n;

	while (n < end) {
		u32 count, done, i;

		seed = seed * 1664525 + 1013904223;
		count = min_t(u64, 1 + (seed >> 16) % BATCH_MAX, end - n);
		for (i = 0; i < count; i++)
			write_message(&line[i], n + i);
		for (i = 0; i < count; i += done) {
			WRITE_ONCE(shared->begun, n + count);
			done = seed >> 31 ? sl_line_push(tx, line + i) :
					    sl_line_push_batch(tx, line + i,
							       count - i);
			WRITE_ONCE(shared->pushed, n + i + done);
			if (!done)
				sched_yield();
		}
		n += count;
	}
}

/* Says what is wrong by leaving: the number after the last good message. */
static u64 consume(struct shared *shared, struct sl_line_rx *rx, u64 n,
		   u64 end)
{
	struct sl_line line[BATCH_MAX];
	u32 seed = n;

	while (n < end) {
		u32 count, done, i;

		seed = seed * 1664525 + 1013904223;
		count = 1 + (seed >> 16) % BATCH_MAX;
		done = seed >> 31 ? sl_line_pop(rx, line) :
				    sl_line_pop_batch(rx, line, count);
		for (i = 0; i < done; i++, n++)
			if (!is_message(&line[i], n))
				return n;
		WRITE_ONCE(shared->popped, n);
		if (!done)
			sched_yield();
	}
	return n;
}

static void test_processes(int fd)
{
	struct shared *shared = map(fd);
	struct sl_line_tx tx;
	struct sl_line_rx rx;
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	CHECK_EQ(sl_line_rx_open(&rx, shared->line, SLOTS), 0);
	pid = start();
	if (!pid) {
		/* The parent's mapping is still there: this is another. */
		struct shared *elsewhere = map(fd);

		munmap(shared, sizeof(*shared));
		sl_line_tx_open(&tx, elsewhere->line, SLOTS);
		produce(elsewhere, &tx, 0, MESSAGES);
		_exit(elsewhere == shared);
	}
	if (!CHECK_EQ(consume(shared, &rx, 0, MESSAGES), MESSAGES))
		kill(pid, SIGKILL);
	CHECK_EQ(rx.malformed, 0);
	if (CHECK(waitpid(pid, &fd, 0) == pid))
		CHECK_EQ(fd, 0);
	munmap(shared, sizeof(*shared));
}

/* Pops all that is there, which must be messages from this one on. */
static u64 drain(struct sl_line_rx *rx, u64 n)
{
	struct sl_line line;

	while (sl_line_pop(rx, &line)) {
		if (!CHECK(is_message(&line, n)))
			break;
		n++;
	}
	return n;
}

/*
 * What a successor of the producer finds.  Positions are counts of messages
 * here, so the head says how many are in.
 */
static bool check_producer(struct sl_line *lines, u64 tail,
			   const struct shared *said, struct sl_line_tx *tx)
{
	return CHECK_EQ(sl_line_tx_resume(tx, lines, SLOTS, tail), 0) &&
	       CHECK(tx->head >= said->pushed) &&
	       CHECK(tx->head <= said->begun);
}

/* What a successor of the consumer finds. */
static bool check_consumer(struct sl_line *lines, u64 head,
			   const struct shared *said, struct sl_line_rx *rx)
{
	return CHECK_EQ(sl_line_rx_resume(rx, lines, SLOTS, head), 0) &&
	       CHECK(rx->tail >= said->popped) &&
	       CHECK(rx->tail <= said->popped + BATCH_MAX);
}

/*
 * In a child that stops before every instruction: one message goes over, then
 * several in a batch, more than are cleared at a time.
 */
static void step_through(struct shared *shared, bool producer)
{
	struct sl_line line[STEPPED];
	struct sl_line_tx tx;
	struct sl_line_rx rx;
	u32 i;

	for (i = 0; i < STEPPED; i++)
		write_message(&line[i], i);
	sl_line_tx_open(&tx, shared->line, SLOTS);
	sl_line_rx_open(&rx, shared->line, SLOTS);
	if (!producer)
		sl_line_push_batch(&tx, line, STEPPED);
	shared->begun = STEPPED;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(77);
	raise(SIGSTOP);
	if (producer) {
		sl_line_push(&tx, line);
		WRITE_ONCE(shared->pushed, 1);
		sl_line_push_batch(&tx, line + 1, STEPPED - 1);
	} else {
		sl_line_pop(&rx, line);
		WRITE_ONCE(shared->popped, 1);
		sl_line_pop_batch(&rx, line + 1, STEPPED - 1);
	}
	_exit(0);
}

/* Whatever the child has done so far, it could have been killed there. */
static bool check_step(const struct shared *shared, bool producer, u64 *seen)
{
	struct shared copy = *shared;
	struct sl_line_tx tx;
	struct sl_line_rx rx;

	if (producer) {
		if (!check_producer(copy.line, 0, &copy, &tx))
			return false;
		sl_line_rx_open(&rx, copy.line, SLOTS);
		*seen = tx.head;
		return CHECK_EQ(drain(&rx, 0), tx.head);
	}
	if (!check_consumer(copy.line, STEPPED, &copy, &rx))
		return false;
	*seen = rx.tail;
	return CHECK_EQ(drain(&rx, rx.tail), STEPPED);
}

static void test_steps(int fd, bool producer)
{
	struct shared *shared = map(fd);
	u64 seen = 0, last = 0, changes = 0;
	int status, steps;
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	pid = start();
	if (!pid)
		step_through(shared, producer);
	waitpid(pid, &status, 0);
	for (steps = 0; WIFSTOPPED(status) && steps < STEPS_MAX; steps++) {
		if (!check_step(shared, producer, &seen))
			break;
		changes += seen != last;
		last = seen;
		if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL))
			break;
		waitpid(pid, &status, 0);
	}
	if (WIFSTOPPED(status)) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	/* Where tracing is forbidden the kills below must do. */
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 77) {
		CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
		CHECK_EQ(last, STEPPED);
		CHECK_EQ(changes, STEPPED);
		CHECK(steps > 20 * STEPPED);
	}
	munmap(shared, sizeof(*shared));
}

/* A producer is killed; what is in by then is popped before, after, or both. */
static bool kill_producer(struct shared *shared, u64 *head, u64 *tail)
{
	struct sl_line line[BATCH_MAX];
	struct sl_line_tx tx;
	struct sl_line_rx rx;
	u32 i, n;
	pid_t pid;

	if (!CHECK_EQ(sl_line_tx_resume(&tx, shared->line, SLOTS, *tail), 0) ||
	    !CHECK_EQ(tx.head, *head) ||
	    !CHECK_EQ(sl_line_rx_resume(&rx, shared->line, SLOTS, *head), 0) ||
	    !CHECK_EQ(rx.tail, *tail))
		return false;
	pid = start_doomed();
	if (!pid) {
		produce(shared, &tx, tx.head, ~0ull);
		_exit(1);
	}
	while (is_alive(pid)) {
		n = sl_line_pop_batch(&rx, line, 1 + rand() % BATCH_MAX);
		for (i = 0; i < n; i++)
			CHECK(is_message(&line[i], (*tail)++));
		if (!n)
			sched_yield();
	}
	if (rand() % 2)
		*tail = drain(&rx, *tail);
	if (!check_producer(shared->line, rx.tail, shared, &tx))
		return false;
	*head = shared->begun = shared->pushed = tx.head;
	shared->popped = *tail;
	return CHECK_EQ(rx.tail, *tail);
}

/* A consumer is killed; what it has not popped is there for its successor. */
static bool kill_consumer(struct shared *shared, u64 *head, u64 *tail)
{
	struct sl_line line[BATCH_MAX];
	struct sl_line_tx tx;
	struct sl_line_rx rx;
	u32 i, n;
	pid_t pid;

	if (!CHECK_EQ(sl_line_rx_resume(&rx, shared->line, SLOTS, *head), 0) ||
	    !CHECK_EQ(rx.tail, *tail) ||
	    !CHECK_EQ(sl_line_tx_resume(&tx, shared->line, SLOTS, *tail), 0))
		return false;
	pid = start_doomed();
	if (!pid) {
		consume(shared, &rx, rx.tail, ~0ull);
		_exit(1);
	}
	while (is_alive(pid)) {
		n = 1 + rand() % BATCH_MAX;
		for (i = 0; i < n; i++)
			write_message(&line[i], *head + i);
		n = sl_line_push_batch(&tx, line, n);
		*head += n;
		if (!n)
			sched_yield();
	}
	if (!check_consumer(shared->line, tx.head, shared, &rx))
		return false;
	*tail = shared->popped = rx.tail;
	shared->begun = shared->pushed = *head;
	return CHECK_EQ(tx.head, *head);
}

static void test_kills(int fd)
{
	struct shared *shared = map(fd);
	u64 end = now_ms() + KILLS_MS;
	u64 head = 0, tail = 0;
	struct sl_line_rx rx;
	u32 found;
	int i;

	memset(shared, 0, sizeof(*shared));
	for (i = 0; i < KILLS && (i < 10 || now_ms() < end); i++)
		if (!(rand() % 2 ? kill_producer(shared, &head, &tail) :
				   kill_consumer(shared, &head, &tail)))
			break;
	CHECK(i >= 10);
	CHECK(head > 1000);
	/* Nobody is left who knew a position. */
	if (head != tail && head - tail < SLOTS) {
		CHECK_EQ(sl_line_find(shared->line, SLOTS, &found), 0);
		CHECK_EQ(found, tail % SLOTS);
	}
	CHECK_EQ(sl_line_rx_resume(&rx, shared->line, SLOTS, head), 0);
	CHECK_EQ(drain(&rx, tail), head);
	munmap(shared, sizeof(*shared));
}

int main(void)
{
	int fd = memfd_create("lines", MFD_CLOEXEC);
	u32 slots;

	if (fd < 0 || ftruncate(fd, sizeof(struct shared)))
		TEST_SKIP("no memfd");
	srand(1);
	for (slots = 1; slots <= 8; slots *= 2)
		test_tags(slots);
	test_processes(fd);
	test_steps(fd, true);
	test_steps(fd, false);
	test_kills(fd);
	close(fd);
	TEST_END();
}
