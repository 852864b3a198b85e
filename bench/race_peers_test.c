// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that every peer of sluice bench ring, plug-ins too, passes on what it
 * is given: in each of its loops numbers go from one CPU to another, through
 * small rings and large ones, one by one, in batches, as lines, there and
 * back, and none is wrong; and that every plug-in that was built is found.
 */
#include <dlfcn.h>
#include <glob.h>
#include <limits.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "bench/race_peers.h"
#include "bench/slice.h"
#include "tools/test.h"

#if defined(__SANITIZE_THREAD__)
#define SLOW 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SLOW 1
#endif
#endif

/* No multiples of a batch, so that each run ends with a part of one. */
#ifdef SLOW
#define ITEMS	20003
#define TRIPS	1003
#else
#define ITEMS	200003
#define TRIPS	3001
#endif

static const char *const built_in[] = {
	"lamport", "fastforward", "bqueue", "mcringbuffer", "ptr_ring",
};

struct course {
	const struct sl_contender *peer;
	u32 slots;
	u64 (*send)(void *queue, const struct sl_lap *lap);
	u64 (*receive)(void *queue, const struct sl_lap *lap);
	void *there, *back;
	struct sl_lap lap;
};

static u64 send_half(void *arg)
{
	struct course *course = arg;

	return course->send(course->there, &course->lap);
}

static u64 receive_half(void *arg)
{
	struct course *course = arg;

	return course->receive(course->there, &course->lap);
}

static u64 ping_half(void *arg)
{
	struct course *course = arg;

	return course->peer->ping(course->there, course->back, &course->lap);
}

static u64 pong_half(void *arg)
{
	struct course *course = arg;

	return course->peer->pong(course->there, course->back, &course->lap);
}

static void run(struct course *course, sl_slice_half here, sl_slice_half there,
		const char *what)
{
	struct sl_slice slice;

	sl_slice_run(&slice, here, there, course);
	if (!CHECK_EQ(slice.wrong, 0))
		fprintf(stderr, "  %s, %u slots, %s\n", course->peer->name,
			course->slots, what);
}

static void run_trips(struct course *course)
{
	course->lap.batch = 1;
	course->lap.count = TRIPS;
	run(course, ping_half, pong_half, "there and back");
}

static void run_batches(struct course *course)
{
	static const u32 batches[] = { 1, 8, SL_RACE_BATCH_MAX };
	char what[32];
	size_t i;

	course->send = course->peer->send_batch;
	course->receive = course->peer->receive_batch;
	course->lap.count = ITEMS;
	for (i = 0; i < ARRAY_SIZE(batches); i++) {
		course->lap.batch = batches[i];
		snprintf(what, sizeof(what), "batches of %u", batches[i]);
		run(course, send_half, receive_half, what);
	}
}

/* One queue in all of its loops: what one leaves behind, the next one finds. */
static void test_items(struct course *course)
{
	const struct sl_contender *peer = course->peer;

	course->there = peer->create(course->slots);
	course->back = peer->create(course->slots);
	if (!CHECK(course->there && course->back))
		return;
	course->send = peer->send;
	course->receive = peer->receive;
	course->lap.batch = 1;
	course->lap.count = ITEMS;
	run(course, send_half, receive_half, "one by one");
	run_trips(course);
	run_batches(course);
	run_trips(course);
	peer->destroy(course->there);
	peer->destroy(course->back);
}

static void test_lines(struct course *course)
{
	const struct sl_contender *peer = course->peer;

	if (!peer->send_line)
		return;
	course->there = peer->create_lines(course->slots);
	if (!CHECK(course->there))
		return;
	course->send = peer->send_line;
	course->receive = peer->receive_line;
	course->lap.batch = 1;
	course->lap.count = ITEMS;
	run(course, send_half, receive_half, "lines");
	peer->destroy_lines(course->there);
}

static void test_peer(const struct sl_contender *peer)
{
	static const u32 slots[] = { 64, 1024 };
	struct course course = { .peer = peer, .lap = { .pause = 1 } };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		course.slots = slots[i];
		test_items(&course);
		test_lines(&course);
	}
}

/* Is there a queue in a plug-in that can be raced against? */
static bool races(const char *path)
{
	void *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	bool has = plugin && dlsym(plugin, "sl_race_contender");

	if (plugin)
		dlclose(plugin);
	return has;
}

/* Are those there that the command brings with it, and all that was built? */
static void test_list(u32 peers)
{
	char program[PATH_MAX - 16] = "", pattern[PATH_MAX];
	size_t built = 0, i;
	glob_t found;

	for (i = 0; i < ARRAY_SIZE(built_in); i++)
		CHECK_STR(sl_race_peer(i)->name, built_in[i]);
	if (readlink("/proc/self/exe", program, sizeof(program) - 1) > 0)
		*strrchr(program, '/') = '\0';
	snprintf(pattern, sizeof(pattern), "%s/../peers/*.so", program);
	if (!glob(pattern, 0, NULL, &found)) {
		/* Other plug-ins lie there, too. */
		for (i = 0; i < found.gl_pathc; i++)
			built += races(found.gl_pathv[i]);
		globfree(&found);
	}
	CHECK_EQ(peers, ARRAY_SIZE(built_in) + built);
}

int main(void)
{
	const struct sl_contender *peer;
	int cpu[2];
	u32 peers;

	/* The loops spin: on one CPU, each turn would wait for the scheduler. */
	if (!sl_slice_cpus(cpu))
		TEST_SKIP("needs two CPUs");
	/* Where an item is lost, its receiver waits for ever. */
	alarm(60);
	if (!CHECK_EQ(sl_slice_open(cpu[0], cpu[1]), 0))
		TEST_END();
	for (peers = 0; (peer = sl_race_peer(peers)); peers++)
		test_peer(peer);
	sl_slice_close();
	test_list(peers);
	TEST_END();
}
