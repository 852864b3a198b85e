// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* sluice top on a whole screen: looks, draws, and does what keys ask for. */
#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/kernel.h>
#include <linux/timekeeping.h>

#include "tools/top.h"

#define INTERVAL_MIN	0.05
#define INTERVAL_MAX	60.0
#define KEY_ESCAPE	27

/* curses puts the terminal right only if it is asked to. */
static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

/* Keeps the chosen stage by its place in the table, which may be sorted. */
static void choose(struct sl_top *top, int by)
{
	int count = top->scope.report.stage_count;
	int at = 0;

	while (at + 1 < count && top->order[at] != top->chosen)
		at++;
	at = min(max(at + by, 0), count - 1);
	if (count)
		top->chosen = top->order[at];
}

static void choose_along(struct sl_top *top, int by)
{
	int count = top->scope.report.stage_count;

	if (count)
		top->chosen = min(max((int)top->chosen + by, 0), count - 1);
}

static void pause_or_go_on(struct sl_top *top)
{
	top->paused = !top->paused;
	sl_feed_hold(&top->scope.feed, top->paused);
}

static void pace(struct sl_top *top, double by)
{
	if (top->scope.feed.record) {
		top->speed = min(max(top->speed * by, 0.01), 1000.0);
		sl_feed_pace(&top->scope.feed, top->speed);
	} else {
		top->interval = min(max(top->interval / by, INTERVAL_MIN),
				    INTERVAL_MAX);
	}
}

static void watch_other(struct sl_top *top)
{
	struct sl_scope other;

	if (top->running_chosen >= top->running_count ||
	    sl_scope_open(&other, top->running[top->running_chosen].path))
		return;
	sl_scope_close(&top->scope);
	top->scope = other;
	top->chosen = top->first = 0;
	top->paused = false;
	top->view = SL_VIEW_MAIN;
}

static void list_key(struct sl_top *top, int key)
{
	if (key == KEY_UP || key == 'k')
		top->running_chosen -= top->running_chosen > 0;
	else if (key == KEY_DOWN || key == 'j')
		top->running_chosen += top->running_chosen + 1 <
				       top->running_count;
	else if (key == '\n' || key == '\r' || key == KEY_ENTER)
		watch_other(top);
}

static void move_key(struct sl_top *top, int key)
{
	int page = max(top->lines / 4, 1);

	if (key == KEY_UP || key == 'k')
		choose(top, -1);
	else if (key == KEY_DOWN || key == 'j')
		choose(top, 1);
	else if (key == KEY_PPAGE)
		choose(top, -page);
	else if (key == KEY_NPAGE)
		choose(top, page);
	else if (key == KEY_HOME)
		choose(top, -SL_INSTANCES_MAX);
	else if (key == KEY_END)
		choose(top, SL_INSTANCES_MAX);
	else if (key == KEY_LEFT)
		choose_along(top, -1);
	else if (key == KEY_RIGHT)
		choose_along(top, 1);
}

static void show_list(struct sl_top *top)
{
	top->running_count = sl_stats_list(top->running,
					   ARRAY_SIZE(top->running));
	top->running_chosen = 0;
	top->view = SL_VIEW_LIST;
}

static void press(struct sl_top *top, int key)
{
	switch (key) {
	case 'q':
	case KEY_ESCAPE:
		top->quit = top->view == SL_VIEW_MAIN;
		top->view = SL_VIEW_MAIN;
		return;
	case 'h':
	case '?':
		top->view = top->view == SL_VIEW_HELP ? SL_VIEW_MAIN
						      : SL_VIEW_HELP;
		return;
	case 'l':
		show_list(top);
		return;
	case 'p':
	case ' ':
		pause_or_go_on(top);
		return;
	case '+':
		pace(top, 2);
		return;
	case '-':
		pace(top, 0.5);
		return;
	}
	if (top->view == SL_VIEW_LIST) {
		list_key(top, key);
		return;
	}
	if (key == 's')
		top->sort = (top->sort + 1) % SL_TOP_SORTS;
	else if (key == 'S')
		top->sort = (top->sort + SL_TOP_SORTS - 1) % SL_TOP_SORTS;
	else if (key == 'r')
		top->backwards = !top->backwards;
	else if (key == '\n' || key == '\r' || key == KEY_ENTER)
		top->view = top->view == SL_VIEW_ZOOM ? SL_VIEW_MAIN
						      : SL_VIEW_ZOOM;
	else
		move_key(top, key);
}

/* A terminal that is gone would be read from for ever. */
static bool is_gone(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&input, 1, 0) > 0 &&
	       input.revents & (POLLHUP | POLLERR | POLLNVAL);
}

static void loop(struct sl_top *top)
{
	u64 due = 0;

	while (!top->quit && !stopped && !is_gone()) {
		u64 now = ktime_get_ns();
		int key;

		if (now >= due) {
			/* The first picture has rates soon. */
			due = now + (top->scope.looks ? top->interval * 1e9
						      : 1e8);
			if (!top->paused)
				sl_scope_look(&top->scope);
		}
		sl_top_draw(top);
		timeout(max_t(int, (due - now) / 1000000, 1));
		key = getch();
		if (key != ERR && key != KEY_RESIZE)
			press(top, key);
	}
}

/**
 * sl_top_screen() - show a scope on the whole screen until a key says stop
 * @top: its scope is open
 *
 * Return: 0, or -ENOTTY if the terminal has no screen that could be drawn on.
 */
int sl_top_screen(struct sl_top *top)
{
	struct sigaction action = { .sa_handler = stop };
	SCREEN *screen;

	setlocale(LC_CTYPE, "");
	set_escdelay(50);
	screen = newterm(NULL, stdout, stdin);
	if (screen && !sl_top_draw_begin(top)) {
		endwin();
		delscreen(screen);
		screen = NULL;
	}
	/* Without a screen there is nothing for a handler to put right. */
	if (!screen)
		action.sa_handler = SIG_DFL;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	if (!screen)
		return -ENOTTY;
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	loop(top);
	endwin();
	delscreen(screen);
	return 0;
}
