// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that an isolated stage dies of touching what is not its own, by
 * SIGSEGV and with a line that names both sides, while it may do all it needs
 * to; and that without protection keys nothing pretends to be isolated.  Each
 * case is a process of its own: maker -> toucher, and beside them other -> end.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/err.h>

#include "membank/guard.h"
#include "sched/pipeline.h"
#include "tools/test.h"

#define EVENTS		500
#define DENIED		3	/* exit status: a system call was refused */

enum deed { NOTHING, READ, WRITE, READ_FILE, ITS_OWN, THREAD, STRAY, SENT };

static const struct {
	const char *name;
	enum deed deed;
	u8 transfer;
	const char *bank;	/* of toucher and other */
	bool isolate;
	bool threads;
	int signal;		/* that ends it, or 0 */
	int status;		/* that it exits with */
	const char *says;	/* on its way, or NULL: nothing */
} cases[] = {
	{ "as it should", NOTHING, SL_PASS, "", true, true, 0, 0, NULL },
	{ "turn by turn", NOTHING, SL_PASS, "", true, false, 0, 0, NULL },
	{ "copied", NOTHING, SL_COPY, "", true, true, 0, 0, NULL },
	{ "its own memory", ITS_OWN, SL_PASS, "", true, true, 0, 0, NULL },
	{ "a thread of its own", THREAD, SL_PASS, "", true, true, 0, 0, NULL },
	{ "reads", READ, SL_PASS, "", true, true, SIGSEGV, 0,
	  "stage 'toucher' reads the memory of 'other' at 0x" },
	{ "writes", WRITE, SL_PASS, "", true, true, SIGSEGV, 0,
	  "stage 'toucher' writes to the memory of 'other' at 0x" },
	{ "turn by turn", WRITE, SL_PASS, "", true, false, SIGSEGV, 0,
	  "stage 'toucher' writes to the memory of 'other' at 0x" },
	{ "not isolated", WRITE, SL_PASS, "", false, true, 0, 0, NULL },
	{ "of one group", WRITE, SL_PASS, "both", true, true, 0, 0, NULL },
	{ "read(2)", READ_FILE, SL_PASS, "", true, true, 0, DENIED, NULL },
	{ "read(2), not isolated", READ_FILE, SL_PASS, "", false, true, 0, 0,
	  NULL },
	{ "what was sent by pointer", SENT, SL_PASS, "", true, true, 0, 0,
	  NULL },
	{ "what was copied", SENT, SL_COPY, "", true, true, SIGSEGV, 0,
	  "stage 'toucher' reads the memory of 'maker' at 0x" },
	{ "a stray pointer", STRAY, SL_PASS, "", true, true, SIGSEGV, 0, NULL },
};

struct maker {
	u64 sent, answered;
};

static u8 *victim;		/* memory of other's */
static u8 *nowhere;		/* no memory at all */
static enum deed deed;
static bool denied;

static u32 make(struct sl_stage *stage)
{
	struct maker *maker = stage->private;
	struct sl_event *event;
	u32 done;

	for (done = 0; done < 8 && maker->sent < EVENTS; done++) {
		event = sl_stage_take(stage);
		if (!event)
			break;
		maker->sent++;
		event->data_bytes = sizeof(event);
		memcpy(event->data, &event, sizeof(event));
		sl_stage_call(stage, 0, event);
	}
	return done;
}

static u32 take_back(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	struct maker *maker = stage->private;
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++)
		sl_stage_free(stage, batch->event[i]);
	WRITE_ONCE(maker->answered, maker->answered + batch->count);
	return batch->count;
}

static void *touch_own(void *arg)
{
	struct sl_stage *stage = arg;

	WRITE_ONCE(*(u64 *)stage->private, 1);
	return NULL;
}

static void touch(struct sl_stage *stage, struct sl_event *event)
{
	struct sl_event *origin;
	pthread_t thread;
	int fd;

	switch (deed) {
	case NOTHING:
		return;
	case READ:
		(void)READ_ONCE(*victim);
		return;
	case WRITE:
		WRITE_ONCE(*victim, 1);
		return;
	case READ_FILE:
		fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
		if (read(fd, victim, 1) != 1 && errno == EFAULT)
			denied = true;
		close(fd);
		return;
	case ITS_OWN:
		touch_own(stage);
		return;
	case THREAD:
		if (!pthread_create(&thread, NULL, touch_own, stage))
			pthread_join(thread, NULL);
		return;
	case STRAY:
		WRITE_ONCE(*nowhere, 1);
		return;
	case SENT:
		memcpy(&origin, event->data, sizeof(origin));
		(void)READ_ONCE(origin->op);
		return;
	}
}

static u32 reply(struct sl_stage *stage, u32 edge, struct sl_batch *batch)
{
	const bool *touches = stage->options;
	u32 i;

	(void)edge;
	for (i = 0; i < batch->count; i++) {
		if (*touches)
			touch(stage, batch->event[i]);
		sl_stage_reply(stage, batch->event[i]);
	}
	return batch->count;
}

static const struct sl_stage_type maker_type = {
	.name = "maker",
	.class = SL_SERIAL,
	.port = { { "next", "deed", true, false } },
	.private_bytes = sizeof(struct maker),
	.events = 32,
	.event_bytes = 256,
	.run = take_back,
	.poll = make,
};

static const struct sl_stage_type reply_type = {
	.name = "reply",
	.class = SL_SERIAL,
	.port = { { "previous", "deed", false, false } },
	.private_bytes = 64,
	.run = reply,
};

static void add(struct sl_graph *graph, u32 worker, const char *name,
		const struct sl_stage_type *type, const char *bank)
{
	static bool touches = true, does_not;
	int s = sl_graph_add(graph, name, type, strcmp(name, "toucher") ?
						&does_not : &touches);

	strcpy(graph->stage[s].bank, bank);
	graph->stage[s].place_count = 1;
	graph->stage[s].place[0] = (struct sl_place){ 0, worker };
}

static struct sl_pipeline *open_pipeline(u32 n)
{
	static struct sl_graph graph;
	static struct sl_plan plan;
	struct sl_pipeline *p;

	sl_graph_init(&graph, "isolate");
	graph.isolate = cases[n].isolate ? SL_ISOLATE_PKEY : SL_ISOLATE_NONE;
	add(&graph, 0, "maker", &maker_type, "");
	add(&graph, 1, "toucher", &reply_type, cases[n].bank);
	add(&graph, 1, "other", &maker_type, cases[n].bank);
	add(&graph, 0, "end", &reply_type, "");
	sl_graph_join(&graph, 0, 1);
	sl_graph_join(&graph, 2, 3);
	graph.edge[0].transfer = cases[n].transfer;
	if (sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1))
		return ERR_PTR(-EINVAL);
	p = sl_pipeline_open(&graph, &plan, NULL);
	if (!IS_ERR(p))
		victim = sl_pipeline_stage(p, 2)->bank->memory;
	return p;
}

static bool is_done(struct sl_pipeline *p)
{
	const struct maker *a = sl_pipeline_stage(p, 0)->private;
	const struct maker *b = sl_pipeline_stage(p, 2)->private;

	return READ_ONCE(a->answered) == EVENTS &&
	       READ_ONCE(b->answered) == EVENTS;
}

/* The child's part; returns its exit status. */
static int live(u32 n)
{
	struct timespec ms = { 0, 1000000 };
	struct rlimit none = { 0, 0 };
	struct sl_pipeline *p;
	u32 left;

	setrlimit(RLIMIT_CORE, &none);
	deed = cases[n].deed;
	nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);
	p = open_pipeline(n);
	if (IS_ERR(p))
		return 1;
	if (cases[n].threads && sl_pipeline_start(p))
		return 1;
	for (left = 20000; left && !is_done(p); left--) {
		if (cases[n].threads)
			nanosleep(&ms, NULL);
		else
			sl_pipeline_turn(p);
	}
	if (!left || sl_pipeline_stop(p, 1000000000))
		return 2;
	sl_pipeline_close(p);
	return denied ? DENIED : 0;
}

/* Runs one case; returns what wait() says, and what the child said. */
static int run(u32 n, char *said, u32 bytes)
{
	int out[2], status = -1;
	u32 used = 0;
	ssize_t got;
	pid_t child;

	if (pipe(out))
		return -1;
	child = fork();
	if (!child) {
		close(out[0]);
		dup2(out[1], STDERR_FILENO);
		_exit(live(n));
	}
	close(out[1]);
	while (used < bytes - 1 &&
	       (got = read(out[0], said + used, bytes - 1 - used)) > 0)
		used += got;
	said[used] = 0;
	close(out[0]);
	waitpid(child, &status, 0);
	return status;
}

static void check(u32 n)
{
	unsigned long failed = sl_test_failed;
	char said[4096];
	int status = run(n, said, sizeof(said));
	const char *line = strstr(said, "sluice: isolate: ");

	if (cases[n].signal) {
		CHECK(WIFSIGNALED(status));
		CHECK_EQ(WTERMSIG(status), cases[n].signal);
	} else if (CHECK(WIFEXITED(status))) {
		CHECK_EQ(WEXITSTATUS(status), cases[n].status);
	}
	if (cases[n].says) {
		CHECK(line && strstr(line, cases[n].says));
		/* One line, and nothing else. */
		CHECK(line == said && strchr(said, '\n') &&
		      !strchr(said, '\n')[1]);
	} else {
		CHECK(!line);
	}
	if (sl_test_failed != failed)
		fprintf(stderr, "with: %s; said: %s\n", cases[n].name, said);
}

/* A machine without keys must say so, and must not go on without. */
static void check_refusal(void)
{
	char said[4096];
	u32 n;

	for (n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		int status = run(n, said, sizeof(said));

		if (!cases[n].isolate) {
			CHECK_EQ(status, 0);
			continue;
		}
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
		CHECK(strstr(said, "no protection keys"));
		CHECK(strchr(said, '\n') && !strchr(said, '\n')[1]);
	}
}

/* Keys come back: more pipelines than there are keys, one after another. */
static void check_keys_return(void)
{
	struct sl_pipeline *p;
	u32 i;

	for (i = 0; i < 3 * SL_GUARD_KEYS_MAX; i++) {
		p = open_pipeline(0);
		if (!CHECK(!IS_ERR(p)))
			return;
		while (sl_pipeline_turn(p))
			;
		CHECK(is_done(p));
		sl_pipeline_close(p);
	}
}

/* More domains than keys: refused, until they share. */
static void check_crowd(void)
{
	static struct sl_graph graph;
	static struct sl_plan plan;
	FILE *people = stderr;
	struct sl_pipeline *p;
	char *said = NULL;
	size_t bytes;
	char name[16];
	u32 i;

	sl_graph_init(&graph, "crowd");
	graph.isolate = SL_ISOLATE_PKEY;
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		add(&graph, 0, name, i % 2 ? &reply_type : &maker_type, "");
		if (i % 2)
			sl_graph_join(&graph, i - 1, i);
	}
	CHECK_EQ(sl_plan_make(&plan, &graph, (u16[]){ 0 }, 1), 0);
	stderr = open_memstream(&said, &bytes);
	p = sl_pipeline_open(&graph, &plan, NULL);
	fclose(stderr);
	stderr = people;
	CHECK(IS_ERR(p) && PTR_ERR(p) == -ENOSPC);
	CHECK(said && strstr(said, "20 stages and groups have memory") &&
	      strstr(said, "let stages share a bank"));
	free(said);
	for (i = 0; i < 20; i++)
		snprintf(graph.stage[i].bank, sizeof(name), "b%u", i / 2);
	p = sl_pipeline_open(&graph, &plan, NULL);
	if (CHECK(!IS_ERR(p)))
		sl_pipeline_close(p);
}

int main(void)
{
	u32 n;

	if (sl_guard_probe()) {
		check_refusal();
		TEST_END();
	}
	for (n = 0; n < sizeof(cases) / sizeof(cases[0]); n++)
		check(n);
	check_keys_return();
	check_crowd();
	TEST_END();
}
