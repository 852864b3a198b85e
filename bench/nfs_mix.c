// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * sluice bench nfsmix: not how fast the NFS server is, but whether it stays
 * right.
 *
 * Serves a new directory by pipelines/nfs.yaml and has clients of libnfs do
 * all that can be done there, each answer compared with what it must be
 * (bench/nfs_mix.h).  Meanwhile it watches the server from outside: memory,
 * descriptors, banks.  It ends with status 1 if an answer was wrong or did not
 * come, memory grew after the warm-up, an event did not come home, or the
 * server did not end well.
 */
#include <dlfcn.h>
#include <ftw.h>
#include <getopt.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kernel.h>
#include <linux/timekeeping.h>

#include "bench/nfs_mix.h"
#include "bench/nfs_mix_server.h"
#include "tools/command.h"

#define NS_IN_S		1000000000ull
#define USER_FIRST	1000	/* that clients are, if we are root */
#define USERS		8

struct mix {
	struct sl_nfs_mix load;
	struct sl_nfs_mix_server server;
	char directory[PATH_MAX];
	u64 seconds, interval, warmup;
	u64 growth_bytes;
	u64 start_ns, told_ns;
	u64 told_calls;
	u64 warm_bytes;		/* of the server's memory, at most, in warm-up */
	u64 most_bytes;		/* and afterwards */
	u32 most_fds;
};

static struct mix mix;

static void usage(FILE *out)
{
	fprintf(out,
"usage: sluice bench nfsmix [OPTION]...\n"
"\n"
"Serves a new directory over NFS and has clients do there all that can be\n"
"done, checking every answer, and the server's memory and descriptors.\n"
"\n"
"  --seconds N    for how long (60)\n"
"  --clients N    connections, each with a directory of its own (256)\n"
"  --rate N       calls a second of all of them; 0 is as many as can be (0)\n"
"  --interval N   seconds between two lines about how it goes (60)\n"
"  --warmup N     seconds in which memory may grow (60, or a half of all)\n"
"  --growth MIB   by which it may grow afterwards (16)\n"
"  --seed N       of the dice (1)\n"
"  --in DIR       where the directory is made (/tmp)\n"
"  --set S.O=V    an option of the server's stages\n"
"\n"
"  sluice bench nfsmix --seconds 3600 --rate 2000\n"
"  sluice bench nfsmix --clients 32 --set '*.core=[0, 1]'"
" --set fs.persistent=true\n");
}

static void tell(u64 now_ns)
{
	const struct sl_nfs_mix_seen *seen = &mix.server.seen;
	double seconds = (now_ns - mix.told_ns) / 1e9;

	printf("%6llu s %9.1f calls/s %12llu calls %6llu errors %8.1f MiB"
	       " %5u descriptors  peaks %s\n",
	       (unsigned long long)((now_ns - mix.start_ns) / NS_IN_S),
	       seconds > 0 ? (mix.load.calls - mix.told_calls) / seconds : 0,
	       (unsigned long long)mix.load.calls,
	       (unsigned long long)mix.load.errors,
	       seen->memory_bytes / 1048576.0, seen->descriptors, seen->banks);
	fflush(stdout);
	mix.told_ns = now_ns;
	mix.told_calls = mix.load.calls;
}

/* Looks at the server once a second. */
static bool look(struct sl_nfs_mix *load)
{
	static u64 next_ns;
	u64 now_ns = ktime_get_ns();
	u64 since_ns;

	(void)load;
	if (!mix.start_ns)
		mix.start_ns = mix.told_ns = now_ns;
	since_ns = now_ns - mix.start_ns;
	if (now_ns >= next_ns) {
		next_ns = now_ns + NS_IN_S;
		if (!sl_nfs_mix_server_look(&mix.server)) {
			mix.load.errors++;
			return false;
		}
		mix.most_fds = max(mix.most_fds, mix.server.seen.descriptors);
		if (!since_ns || since_ns < mix.warmup * NS_IN_S)
			mix.warm_bytes = max(mix.warm_bytes,
					     mix.server.seen.memory_bytes);
		else
			mix.most_bytes = max(mix.most_bytes,
					     mix.server.seen.memory_bytes);
		if (now_ns - mix.told_ns >= mix.interval * NS_IN_S)
			tell(now_ns);
	}
	return since_ns < mix.seconds * NS_IN_S;
}

/* From where the program is: in the build, or installed. */
static sl_nfs_mix_load *open_load(void)
{
	static const char *const places[] = { "peers", "../lib/sluice/peers" };
	char program[PATH_MAX] = "", path[PATH_MAX + 64];
	void *object = NULL;
	size_t i;

	if (readlink("/proc/self/exe", program, sizeof(program) - 1) > 0)
		*strrchr(program, '/') = '\0';
	for (i = 0; !object && i < ARRAY_SIZE(places); i++) {
		snprintf(path, sizeof(path), "%s/%s/nfsmix.so", program,
			 places[i]);
		object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	}
	if (!object)
		fprintf(stderr, "sluice bench nfsmix: its load, which uses"
			" libnfs, is not built; tools/setup bench and make"
			" build it\n");
	return object ? (sl_nfs_mix_load *)dlsym(object, SL_NFS_MIX_LOAD)
		      : NULL;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* The export, with a directory for each client. */
static int make_directory(const char *base)
{
	bool root = !geteuid();
	char path[PATH_MAX + 32];
	u32 i;

	snprintf(mix.directory, sizeof(mix.directory),
		 "%.2000s/sluice-nfsmix-XXXXXX", base);
	if (!mkdtemp(mix.directory) || chmod(mix.directory, 0711))
		return -1;
	mix.load.uid = root ? USER_FIRST : geteuid();
	mix.load.users = root ? USERS : 1;
	for (i = 0; i < mix.load.clients; i++) {
		u32 uid = mix.load.uid + i % mix.load.users;

		snprintf(path, sizeof(path), "%s/" SL_NFS_MIX_DIRECTORY,
			 mix.directory, i);
		if (mkdir(path, 0700) || (root && chown(path, uid, uid)))
			return -1;
	}
	return 0;
}

/* Returns how many of the promises are broken, having said which. */
static u32 judge(void)
{
	u32 faults = 0;

	if (mix.load.errors) {
		printf("errors: %llu\n", (unsigned long long)mix.load.errors);
		faults++;
	}
	if (mix.most_bytes > mix.warm_bytes + mix.growth_bytes) {
		printf("memory: %.1f MiB, %.1f at the end of the warm-up\n",
		       mix.most_bytes / 1048576.0, mix.warm_bytes / 1048576.0);
		faults++;
	}
	faults += sl_nfs_mix_server_stop(&mix.server);
	printf("%s: %llu calls over %llu connections, %llu errors, at most"
	       " %.1f MiB and %u descriptors\n", faults ? "failed" : "ok",
	       (unsigned long long)mix.load.calls,
	       (unsigned long long)mix.load.connections,
	       (unsigned long long)mix.load.errors,
	       max(mix.most_bytes, mix.warm_bytes) / 1048576.0, mix.most_fds);
	return faults;
}

/*
 * For root libnfs would take ports below 1024, of which there are too few for
 * as many clients, and others may need them.
 */
static void leave_low_ports(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[2];

	if (syscall(SYS_capget, &head, caps))
		return;
	caps[0].effective &= ~(1u << CAP_NET_BIND_SERVICE);
	syscall(SYS_capset, &head, caps);
}

static int run(const char *base)
{
	sl_nfs_mix_load *load = open_load();
	int result = 1;

	if (!load)
		return 1;
	if (make_directory(base)) {
		perror(mix.directory);
		return 1;
	}
	if (!sl_nfs_mix_server_start(&mix.server, mix.directory)) {
		mix.load.port = mix.server.port;
		mix.load.look = look;
		leave_low_ports();
		result = load(&mix.load);
		if (!result) {
			if (ktime_get_ns() - mix.told_ns > NS_IN_S / 2)
				tell(ktime_get_ns());
			result = judge() ? 1 : 0;
		}
	}
	sl_nfs_mix_server_kill(&mix.server);
	nftw(mix.directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return result;
}

/* A number, or an exit status from the caller. */
static bool number(const char *text, u64 least, u64 most, u64 *value)
{
	char *end;

	*value = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && *value >= least &&
	    *value <= most)
		return true;
	fprintf(stderr, "sluice bench nfsmix: '%s' is not a number from %llu"
		" to %llu\n", text, (unsigned long long)least,
		(unsigned long long)most);
	return false;
}

int sl_bench_nfsmix(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "clients", required_argument, NULL, 'c' },
		{ "rate", required_argument, NULL, 'r' },
		{ "interval", required_argument, NULL, 'i' },
		{ "warmup", required_argument, NULL, 'w' },
		{ "growth", required_argument, NULL, 'g' },
		{ "seed", required_argument, NULL, 'd' },
		{ "in", required_argument, NULL, 'n' },
		{ "set", required_argument, NULL, 'S' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	u64 clients = 256, growth = 16, warmup = ~0ull;
	const char *base = "/tmp";
	bool good = true;
	int c;

	mix.seconds = mix.interval = 60;
	mix.load.seed = 1;
	while (good && (c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 's')
			good = number(optarg, 1, 1 << 30, &mix.seconds);
		else if (c == 'c')
			good = number(optarg, 1, 1000, &clients);
		else if (c == 'r')
			good = number(optarg, 0, 1 << 30, &mix.load.rate);
		else if (c == 'i')
			good = number(optarg, 1, 1 << 30, &mix.interval);
		else if (c == 'w')
			good = number(optarg, 0, 1 << 30, &warmup);
		else if (c == 'g')
			good = number(optarg, 0, 1 << 20, &growth);
		else if (c == 'd')
			good = number(optarg, 0, ~0ull, &mix.load.seed);
		else if (c == 'n')
			base = optarg;
		else if (c == 'S')
			good = sl_nfs_mix_server_set(&mix.server, optarg);
		else if (c == 'h')
			return usage(stdout), 0;
		else
			return 2;
	}
	if (good && optind < argc) {
		fprintf(stderr, "sluice bench nfsmix: '%s' means nothing here\n",
			argv[optind]);
		good = false;
	}
	mix.load.clients = clients;
	mix.server.seconds = mix.seconds + 300;
	mix.growth_bytes = growth << 20;
	mix.warmup = warmup != ~0ull ? warmup : min(60ull, mix.seconds / 2);
	return good ? run(base) : 2;
}
