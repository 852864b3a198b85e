// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that a million messages go through the kernel's pipeline and come
 * back in order with the right contents, without system calls while both
 * sides have work, and that no wake-up is lost when they have not.
 */
#include <fcntl.h>
#include <sched.h>
#include <time.h>

#include <linux/ktime.h>

#include "stages/kernel/device_test.h"

#define TRACE	"/sys/kernel/tracing/events/raw_syscalls/sys_enter/"
#define WINDOW	256
#define BATCH	32
#define BYTES	256

static u64 events = 1000000;

/* Counts this thread's system calls from now on, or stops, by a tracepoint. */
static bool count_calls(bool on)
{
	FILE *trigger = fopen(TRACE "trigger", "w");

	if (!trigger)
		return false;
	fprintf(trigger, "%shist:keys=common_pid if common_pid == %d\n",
		on ? "" : "!", getpid());
	return !fclose(trigger);
}

static long counted_calls(void)
{
	FILE *hist = fopen(TRACE "hist", "r");
	char line[256];
	long calls = -1;

	while (hist && fgets(line, sizeof(line), hist))
		sscanf(line, " Hits: %ld", &calls);
	if (hist)
		fclose(hist);
	return calls;
}

struct lane {
	struct sl_client *client;
	u8 *buffer[WINDOW];
	u8 wanted[WINDOW];	/* what the buffer is full of */
	u64 pushed, popped;
};

/* Message n is about buffer n % WINDOW, whose contents it tells or changes. */
static void write_message(struct lane *lane, struct sl_device_message *m,
			  u64 n)
{
	u8 *buffer = lane->buffer[n % WINDOW];

	*m = (struct sl_device_message){
		.tag = n + 1,
		.op = n / WINDOW % 3 == 0 ? SL_DEVICE_XOR :
		      n / WINDOW % 3 == 1 ? SL_DEVICE_CRC32C : SL_DEVICE_ECHO,
		.offset = sl_client_offset(lane->client, buffer),
		.bytes = BYTES,
		.user = { n * 3, ~n },
	};
	if (m->op == SL_DEVICE_XOR)
		m->argument = 0x0101010101010101ull * (u8)(n | 1);
}

static bool check_answer(struct lane *lane, const struct sl_device_message *m,
			 u64 n)
{
	u8 *buffer = lane->buffer[n % WINDOW];
	u8 *wanted = &lane->wanted[n % WINDOW];

	if (m->tag != n + 1 || m->status || m->user[0] != n * 3 ||
	    m->user[1] != ~n)
		return false;
	if (m->op == SL_DEVICE_XOR)
		*wanted ^= (u8)(n | 1);
	if (m->op == SL_DEVICE_CRC32C) {
		/* Of 256 equal bytes; told once for each. */
		static u32 sums[256];
		static bool known[256];

		if (!known[*wanted]) {
			u8 same[BYTES];

			memset(same, *wanted, BYTES);
			sums[*wanted] = crc32c_of(same, BYTES);
			known[*wanted] = true;
		}
		if (m->result != sums[*wanted])
			return false;
	} else if (m->result) {
		return false;
	}
	return buffer[0] == *wanted && buffer[n % BYTES] == *wanted &&
	       buffer[BYTES - 1] == *wanted;
}

static bool open_lane(struct lane *lane, struct sl_device_setup *setup)
{
	u32 i;

	*lane = (struct lane){
		.client = sl_client_open(SL_DEVICE_PATH, setup)
	};
	if (IS_ERR(lane->client))
		return CHECK_EQ(PTR_ERR(lane->client), 0);
	for (i = 0; i < WINDOW; i++) {
		lane->buffer[i] = sl_client_take(lane->client);
		memset(lane->buffer[i], i, BYTES);
		lane->wanted[i] = i;
	}
	return true;
}

/* As much as the window allows; returns whether anything moved. */
static bool move(struct lane *lane, u64 count)
{
	struct sl_device_message m[BATCH];
	u64 left = min(count - lane->pushed,
		       WINDOW - (lane->pushed - lane->popped));
	u32 n = min(left, (u64)BATCH);
	u32 i;

	for (i = 0; i < n; i++)
		write_message(lane, &m[i], lane->pushed + i);
	if (n)
		n = sl_client_push(lane->client, m, n);
	lane->pushed += n;
	left = n;
	n = sl_client_pop(lane->client, m, BATCH);
	for (i = 0; i < n; i++, lane->popped++)
		if (!check_answer(lane, &m[i], lane->popped) &&
		    !CHECK_EQ(m[i].tag, lane->popped + 1))
			return false;
	return left + n;
}

static void test_stream(s32 cpu, s32 work_cpu, u64 count)
{
	struct sl_device_setup setup = { .cpu = cpu, .work_cpu = work_cpu,
					 .buffers = WINDOW,
					 .buffer_bytes = BYTES };
	struct sl_client_counters counters;
	struct lane lane;
	bool counting;
	long calls;
	u64 start;

	if (!open_lane(&lane, &setup))
		return;
	counting = count_calls(true);
	start = ktime_get_ns();
	while (lane.popped < count)
		if (!move(&lane, count) &&
		    !CHECK_EQ(sl_client_wait(lane.client, 20000000000), 0))
			break;
	start = ktime_get_ns() - start;
	calls = counted_calls();
	if (counting)
		count_calls(false);
	sl_client_counters(lane.client, &counters);
	CHECK_EQ(lane.popped, count);
	printf("traffic: %llu events over %d kernel thread(s): %llu ns each, ",
	       (unsigned long long)count, 1 + (setup.cpu != setup.work_cpu),
	       (unsigned long long)(start / count));
	if (counting)
		printf("%ld system calls (%.5f an event; ", calls,
		       (double)calls / count);
	else
		printf("system calls not counted (");
	printf("kicks %llu, waits %llu)\n", (unsigned long long)counters.kicks,
	       (unsigned long long)counters.waits);
	if (counting) {
		/* All of the library's are among them; a few more are ours. */
		CHECK(calls >= (long)(counters.kicks + counters.waits));
		CHECK(count < 10000 || calls < (long)(count / 20));
	}
	sl_client_close(lane.client);
}

/* One message at a time, with pauses about as long as the two sides poll. */
static void test_sleep(s32 cpu, s32 work_cpu, u32 count)
{
	struct sl_device_setup setup = { .cpu = cpu, .work_cpu = work_cpu,
					 .buffers = WINDOW, .poll_us = 20,
					 .buffer_bytes = BYTES };
	struct sl_client_counters counters;
	u64 slow = 0, longest = 0;
	u64 seed = 12345;
	struct lane lane;
	u32 i;

	if (!open_lane(&lane, &setup))
		return;
	for (i = 0; i < count; i++) {
		u64 until = ktime_get_ns() + dice(&seed) % 60000;
		u64 start, took;

		while (ktime_get_ns() < until)
			;
		if (i % 16 == 0)
			usleep(dice(&seed) % 3000);
		start = ktime_get_ns();
		while (lane.popped <= i)
			if (!move(&lane, i + 1) &&
			    !CHECK_EQ(sl_client_wait(lane.client, 20000000000),
				      0))
				return;
		took = ktime_get_ns() - start;
		/* Whoever misses a bell looks after 100 ms. */
		slow += took > 90000000;
		longest = max(longest, took);
	}
	sl_client_counters(lane.client, &counters);
	printf("traffic: %u single events: kicks %llu, waits %llu, %llu took 90 ms, longest %llu us\n",
	       count, (unsigned long long)counters.kicks,
	       (unsigned long long)counters.waits, (unsigned long long)slow,
	       (unsigned long long)(longest / 1000));
	/* A busy host may keep a virtual CPU from running for so long, too. */
	CHECK(slow <= count / 10);
	sl_client_close(lane.client);
}

/*
 * A message finds the kernel's thread asleep, and, where they are on different
 * CPUs, its answer the process; each must be woken, by a bell and not by its
 * own look every 100 ms.  (On one CPU the thread has answered before the kick
 * returns.)  Both poll for a microsecond, and pauses are thousands of that, so
 * it is so each time unless a busy host keeps one of them from its CPU; it is
 * tried until it was.
 */
static void test_woken(s32 cpu, bool apart)
{
	struct sl_device_setup setup = { .cpu = cpu, .work_cpu = cpu,
					 .buffers = WINDOW, .poll_us = 1,
					 .buffer_bytes = BYTES };
	u64 end = ktime_get_ns() + 20000000000;
	u32 kicked = 0, waited = 0, woken = 0;
	struct lane lane;

	if (!open_lane(&lane, &setup))
		return;
	while (woken < 10 && ktime_get_ns() < end) {
		struct sl_client_counters before, after;
		u64 next = lane.popped + 1, start;
		bool kick, wait;

		usleep(5000);
		sl_client_counters(lane.client, &before);
		start = ktime_get_ns();
		while (lane.popped < next)
			if (!move(&lane, next) &&
			    !CHECK_EQ(sl_client_wait(lane.client, 20000000000),
				      0))
				return;
		if (ktime_get_ns() - start > 90000000)
			continue;
		sl_client_counters(lane.client, &after);
		kick = after.kicks > before.kicks;
		wait = after.waits > before.waits;
		kicked += kick;
		waited += wait;
		woken += kick && (wait || !apart);
	}
	printf("traffic: of %llu events to sleepers on %s %u were kicked for, %u waited for\n",
	       (unsigned long long)lane.popped, apart ? "two CPUs" : "one CPU",
	       kicked, waited);
	CHECK_EQ(woken, 10);
	sl_client_close(lane.client);
}

/* On a CPU, until it may be anywhere again. */
static void bind_to(s32 cpu)
{
	static cpu_set_t all;
	cpu_set_t one;

	if (cpu < 0) {
		sched_setaffinity(0, sizeof(all), &all);
		return;
	}
	sched_getaffinity(0, sizeof(all), &all);
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

/* Where both sides share a CPU, each must let go of it for the other. */
static void test_same_cpu(u32 count)
{
	bind_to(0);
	test_sleep(0, SL_DEVICE_ANY, count);
	test_woken(0, false);
	bind_to(-1);
}

static void test_other_cpu(s32 cpu)
{
	bind_to(0);
	test_woken(cpu, true);
	bind_to(-1);
}

static bool set_online(s32 cpu, const char *value)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online",
		 cpu);
	file = fopen(path, "w");
	return file && fputs(value, file) >= 0 && !fclose(file);
}

/* A CPU goes away under the kernel's thread, and comes back. */
static void test_unplug(s32 cpu)
{
	struct sl_device_setup setup = { .cpu = cpu, .work_cpu = cpu,
					 .buffers = WINDOW, .poll_us = 20,
					 .buffer_bytes = BYTES };
	struct lane lane;
	u64 target;

	if (!open_lane(&lane, &setup))
		return;
	for (target = 100; target <= 900; target += 100) {
		if (target == 300 && !set_online(cpu, "0"))
			break;
		if (target == 600)
			CHECK(set_online(cpu, "1"));
		while (lane.popped < target)
			if (!move(&lane, target) &&
			    !CHECK_EQ(sl_client_wait(lane.client, 20000000000),
				      0))
				break;
		usleep(3000);
	}
	sl_client_close(lane.client);
	/* Where there is no such CPU there is no session for it. */
	if (target > 900 && CHECK(set_online(cpu, "0"))) {
		struct sl_client *client = sl_client_open(SL_DEVICE_PATH,
							  &setup);

		CHECK_EQ(PTR_ERR(client), -EINVAL);
		CHECK(set_online(cpu, "1"));
	}
}

/* Who takes no answers holds up himself, and loses none. */
static void test_back_pressure(void)
{
	struct sl_device_setup setup = { ANY_CPU, .slots = 16,
					 .buffers = WINDOW,
					 .buffer_bytes = BYTES };
	u64 start = ktime_get_ns();
	struct sl_device_message m;
	struct lane lane;
	u64 pushed = 0, popped = 0;

	if (!open_lane(&lane, &setup))
		return;
	/* Until both rings are full, and a little longer. */
	while (ktime_get_ns() - start < (pushed > 32 ? 200000000 :
						       10000000000)) {
		m = (struct sl_device_message){ .tag = pushed + 1,
						.op = SL_DEVICE_ECHO };
		pushed += sl_client_push(lane.client, &m, 1);
	}
	/* Two rings, and what the gate held as the first was full. */
	CHECK(pushed > 32);
	CHECK(pushed <= 32 + 64);
	while (popped < pushed) {
		if (sl_client_pop(lane.client, &m, 1))
			CHECK_EQ(m.tag, ++popped);
		else if (!CHECK_EQ(sl_client_wait(lane.client, 5000000000), 0))
			break;
	}
	sl_client_close(lane.client);
}

int main(int argc, char **argv)
{
	s32 last = sysconf(_SC_NPROCESSORS_ONLN) - 1;
	u32 singles = 2000;

	need_device();
	if (argc > 1) {
		events = strtoull(argv[1], NULL, 10);
		singles = 40;
	}
	test_stream(SL_DEVICE_ANY, SL_DEVICE_ANY, events);
	/* The work on a second CPU of the kernel's. */
	test_stream(last / 2, last, events / 10);
	test_sleep(SL_DEVICE_ANY, SL_DEVICE_ANY, singles);
	test_sleep(last / 2, last, singles / 4);
	if (last)
		test_other_cpu(last);
	test_same_cpu(singles / 4);
	test_back_pressure();
	/* Not on somebody's own machine. */
	if (getenv("SLUICE_VM") && last > 1)
		test_unplug(last);
	TEST_END();
}
