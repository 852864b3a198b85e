// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* sluice web: a pipeline that runs, or a recording, shown to browsers. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>

#include "tools/command.h"
#include "tools/top.h"
#include "tools/web.h"

static void usage(FILE *out)
{
	fprintf(out,
"usage: sluice web [NAME|FILE] [OPTION]...\n"
"\n"
"  NAME            a running pipeline's name; the latest if there is none\n"
"  FILE            a recording, or a stats segment that --stats has named\n"
"  --listen ADDRESS:PORT  where browsers find it (127.0.0.1:8081); only this\n"
"                  machine's do unless the address is another one\n"
"  --interval N    seconds between two looks (1)\n"
"\n"
"  sluice web tpcw --listen 127.0.0.1:9000\n"
"  curl -s http://127.0.0.1:9000/metrics\n"
"\n"
"Nothing can be changed through it.  Ends on SIGINT or SIGTERM.\n");
}

/**
 * sl_web_wait() - serve until a signal comes
 * @options: what, and where
 *
 * Return: an exit status.
 */
int sl_web_wait(const struct sl_web_options *options)
{
	struct sl_web *web;
	sigset_t set;
	int signal;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	web = sl_web_start(options);
	if (!web)
		return 1;
	sigwait(&set, &signal);
	sl_web_stop(web);
	return 0;
}

int sl_command_web(int argc, char **argv)
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "interval", required_argument, NULL, 'i' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct sl_web_options web = {
		.who = "sluice web", .listen = "127.0.0.1:8081", .again = true,
	};
	int c;

	while ((c = getopt_long(argc, argv, "l:i:h", options, NULL)) != -1) {
		switch (c) {
		case 'l':
			web.listen = optarg;
			break;
		case 'i':
			if (!sl_top_option("sluice web", optarg, 0.01,
					   &web.interval))
				return 2;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			return 2;
		}
	}
	if (argc - optind > 1) {
		usage(stderr);
		return 2;
	}
	web.name = argv[optind];
	return sl_web_wait(&web);
}
