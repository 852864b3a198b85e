// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Proves that sluice top draws what it should on terminals of several kinds
 * and sizes, keeps to their borders, does what its keys say, bears a terminal
 * that changes its size or goes away and a pipeline that ends, and leaves the
 * terminal as it was.  It runs on a pseudo-terminal, over a made-up segment.
 */
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>

#include "profiler/segment_test.h"
#include "tools/command.h"
#include "tools/top_screen_test.h"

#define PATIENCE	400	/* rounds of 50 ms until something must show */

static char path[128];
static struct sl_stats *stats;
static struct vt vt;
static pid_t child;
static int fd;
static bool alone;		/* the terminal's other end is closed */

static void begin(const char *term, const char *locale, int lines, int columns)
{
	struct winsize size = { .ws_row = lines, .ws_col = columns };
	char *argv[] = { "top", path, "--interval", "0.05", NULL };

	vt_init(&vt, lines, columns);
	alone = false;
	child = forkpty(&fd, NULL, NULL, &size);
	if (child < 0)
		TEST_SKIP("no pseudo-terminal");
	if (!child) {
		setenv("TERM", term, 1);
		setenv("LC_ALL", locale, 1);
		exit(sl_command_top(4, argv));
	}
}

/* What comes within 50 ms, while the pipeline goes on. */
static void pump(void)
{
	struct pollfd in = { .fd = fd, .events = POLLIN };
	unsigned char bytes[8192];
	ssize_t i, n;

	segment_pass(stats, 3);
	if (alone)
		nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
	if (alone || poll(&in, 1, 50) <= 0)
		return;
	n = read(fd, bytes, sizeof(bytes));
	alone = n <= 0;
	for (i = 0; i < n; i++)
		vt_take(&vt, bytes[i]);
}

static void show_screen(void)
{
	int y;

	for (y = 0; y < vt.lines; y++)
		fprintf(stderr, "|%.*s|\n", vt.columns, vt.cell[y]);
}

static bool wait_for(const char *text, bool there)
{
	u32 rounds = PATIENCE;

	while (vt_shows(&vt, text) != there && !alone && --rounds)
		pump();
	if (CHECK(vt_shows(&vt, text) == there))
		return true;
	fprintf(stderr, "%s '%s' in\n", there ? "no" : "still", text);
	show_screen();
	return false;
}

/* A picture comes in pieces; the last line is not the last of them. */
static void wait_for_keys(int line)
{
	u32 rounds = PATIENCE;

	while (memcmp(vt.cell[line], "q quit", 6) && !alone && --rounds)
		pump();
	if (!CHECK(!memcmp(vt.cell[line], "q quit", 6)))
		show_screen();
}

static void type(const char *keys)
{
	CHECK_EQ(write(fd, keys, strlen(keys)), strlen(keys));
}

static void resize(int lines, int columns)
{
	struct winsize size = { .ws_row = lines, .ws_col = columns };

	vt_init(&vt, lines, columns);
	CHECK_EQ(ioctl(fd, TIOCSWINSZ, &size), 0);
}

/* Returns its exit status, or the signal that ended it and 1000. */
static int end(void)
{
	u32 rounds = PATIENCE;
	int status = 0;

	while (waitpid(child, &status, WNOHANG) == 0 && --rounds)
		pump();
	if (!CHECK(rounds)) {
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
	}
	close(fd);
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : 1000 + WTERMSIG(status);
}

static void test_views(int lines, int columns)
{
	begin("xterm-256color", "C.UTF-8", lines, columns);
	wait_for("bottleneck: st3", true);
	wait_for("made_up", true);
	wait_for("st3!", true);
	wait_for("300", true);
	wait_for("q quit", true);
	wait_for("plan    0.0s start     it \\ began", true);
	CHECK(vt.beyond_ascii > 0);
	CHECK(vt.colours > 0);
	CHECK_EQ(vt.unknown, 0);
	wait_for_keys(lines - 1);

	/* Four to the right: the stage, all about it. */
	type("\033OC\033OC\033OC\n");
	wait_for("a pass stage, the bottleneck", true);
	wait_for("lengths of its queues", true);
	wait_for("st2 to st3", true);
	wait_for("30us", true);
	wait_for("1.50 a cycle, 6000 an event", true);
	wait_for("residence", true);
	type("q");
	wait_for("events/s", true);
	type("h");
	wait_for("sluice top: keys", true);
	type("hs");
	wait_for("by name", columns >= 79);
	type("p");
	wait_for("paused", true);
	type("p");
	wait_for("paused", false);
	type("l");
	wait_for("pipelines that run here", true);
	type("qq");
	CHECK_EQ(end(), 0);
}

static void test_sizes(void)
{
	begin("xterm", "C.UTF-8", 24, 80);
	wait_for("bottleneck: st3", true);
	resize(50, 200);
	wait_for("queue, lately", true);
	wait_for("st6", true);
	wait_for_keys(49);
	resize(5, 20);
	wait_for("20x5 is too small", true);
	resize(12, 40);
	wait_for("made_up", true);
	wait_for("too small", false);
	resize(1, 1);
	pump();
	resize(24, 80);
	wait_for("st3!", true);
	type("q");
	CHECK_EQ(end(), 0);
}

static void test_plain_terminals(void)
{
	begin("vt100", "C", 24, 80);
	wait_for("bottleneck: st3", true);
	wait_for("+---", true);
	CHECK_EQ(vt.beyond_ascii, 0);
	CHECK_EQ(vt.colours, 0);
	type("q");
	CHECK_EQ(end(), 0);
	begin("linux", "C.UTF-8", 24, 80);
	wait_for("bottleneck: st3", true);
	CHECK(vt.colours > 0);
	type("q");
	CHECK_EQ(end(), 0);
	/* Nothing to draw on: tables, and a word about it. */
	begin("dumb", "C", 24, 80);
	wait_for("no screen to", true);
	wait_for("queue", true);
	kill(child, SIGTERM);
	CHECK(end() != 0);
	begin("no-such-terminal", "C", 24, 80);
	wait_for("no screen to", true);
	kill(child, SIGTERM);
	CHECK(end() != 0);
}

static void test_ends(void)
{
	begin("xterm", "C.UTF-8", 24, 80);
	wait_for("bottleneck: st3", true);
	kill(child, SIGTERM);
	CHECK_EQ(end(), 0);

	/* The terminal goes away: so does it, and soon. */
	begin("xterm", "C.UTF-8", 24, 80);
	wait_for("bottleneck: st3", true);
	close(fd);
	alone = true;
	fd = dup(STDERR_FILENO);
	end();

	/* The pipeline ends; its last picture stays. */
	begin("xterm", "C.UTF-8", 24, 80);
	wait_for("bottleneck: st3", true);
	WRITE_ONCE(stats->state, SL_STATS_ENDED);
	wait_for("ended", true);
	wait_for("st3!", true);
	type("q");
	CHECK_EQ(end(), 0);
	WRITE_ONCE(stats->state, SL_STATS_RUNNING);
}

static void test_many(void)
{
	munmap(stats, stats->bytes);
	stats = segment_make(path, 100);
	begin("xterm", "C.UTF-8", 24, 80);
	wait_for("bottleneck: st3", true);
	wait_for("of 100", true);
	wait_for("st99", false);
	type("\033OF");	/* End */
	wait_for("st99", true);
	wait_for("of 100", true);
	type("\033OH");
	wait_for("st0", true);
	type("q");
	CHECK_EQ(end(), 0);
}

int main(void)
{
	const char *dir = getenv("TMPDIR");

	snprintf(path, sizeof(path), "%s/top.%d", dir ? dir : "/tmp", getpid());
	stats = segment_make(path, 7);
	if (!stats)
		TEST_END();
	segment_pass(stats, 3);
	test_views(24, 80);
	test_views(50, 200);
	test_sizes();
	test_plain_terminals();
	test_ends();
	test_many();
	unlink(path);
	TEST_END();
}
