// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/nfs_mix_server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "bench/tpcw_server.h"

#define START_SECONDS	20
#define STOP_SECONDS	10
#define POLL_US		10000

bool sl_nfs_mix_server_set(struct sl_nfs_mix_server *server,
			   const char *setting)
{
	if (server->settings == SL_NFS_MIX_SETTINGS) {
		fprintf(stderr, "sluice bench nfsmix: at most %u times --set\n",
			SL_NFS_MIX_SETTINGS);
		return false;
	}
	server->setting[server->settings++] = setting;
	return true;
}

static void show_log(const struct sl_nfs_mix_server *server)
{
	FILE *log = fopen(server->log_path, "re");
	char line[512];

	while (log && fgets(line, sizeof(line), log))
		fprintf(stderr, "  server: %s", line);
	if (log)
		fclose(log);
}

/* In the child; it may have as many descriptors as the host allows anybody. */
static void exec(const struct sl_nfs_mix_server *server, char **argv)
{
	int log = open(server->log_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	/* An interrupt from the keyboard is for us, who then stop it. */
	setpgid(0, 0);
	if (log >= 0) {
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
	}
	execv("/proc/self/exe", argv);
	_exit(127);
}

/* A port that is free just now; replicas would each choose one of their own. */
static u16 choose_port(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t bytes = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, bytes) ||
	    getsockname(fd, (struct sockaddr *)&address, &bytes))
		address.sin_port = 0;
	if (fd >= 0)
		close(fd);
	return ntohs(address.sin_port);
}

static int spawn(struct sl_nfs_mix_server *server, const char *export)
{
	char path[PATH_MAX], set[6][PATH_MAX + 16], seconds[32];
	char *argv[2 * SL_NFS_MIX_SETTINGS + 24];
	u32 count = 0, sets = 0;
	u32 i;

	sl_tpcw_server_find("nfs.yaml", path);
	snprintf(set[sets++], sizeof(set[0]), "fs.export=%s", export);
	snprintf(set[sets++], sizeof(set[0]), "net.listen=127.0.0.1:%u",
		 server->port);
	/* Its clients have ports like anybody's. */
	snprintf(set[sets++], sizeof(set[0]), "rpc.secure=false");
	snprintf(set[sets++], sizeof(set[0]), "rpc.squash=%s",
		 geteuid() ? "all" : "none");
	snprintf(set[sets++], sizeof(set[0]), "rpc.anonuid=%u", geteuid());
	snprintf(set[sets++], sizeof(set[0]), "rpc.anongid=%u", getegid());
	argv[count++] = "sluice";
	argv[count++] = "run";
	argv[count++] = path;
	/* If nobody is left to stop it; a death signal is lost by setfsuid(). */
	snprintf(seconds, sizeof(seconds), "%llu",
		 (unsigned long long)server->seconds);
	argv[count++] = "--seconds";
	argv[count++] = seconds;
	argv[count++] = "--stats";
	argv[count++] = server->stats_path;
	for (i = 0; i < sets + server->settings; i++) {
		argv[count++] = "--set";
		argv[count++] = i < sets ? set[i] :
					   (char *)server->setting[i - sets];
	}
	argv[count] = NULL;
	fflush(NULL);
	server->pid = fork();
	if (!server->pid)
		exec(server, argv);
	return server->pid < 0 ? -errno : 0;
}

/* Has the server said that it runs? */
static bool runs(const struct sl_nfs_mix_server *server)
{
	FILE *log = fopen(server->log_path, "re");
	bool said = false;
	char line[2048];

	while (log && fgets(line, sizeof(line), log))
		said |= strstr(line, " runs: ") != NULL;
	if (log)
		fclose(log);
	return said;
}

static bool is_alive(struct sl_nfs_mix_server *server)
{
	int status;

	if (!server->pid || waitpid(server->pid, &status, WNOHANG) <= 0)
		return server->pid != 0;
	server->pid = 0;
	fprintf(stderr, "sluice bench nfsmix: the server ended, wait status"
		" %d\n", status);
	show_log(server);
	return false;
}

int sl_nfs_mix_server_start(struct sl_nfs_mix_server *server,
			    const char *export)
{
	u32 tries = START_SECONDS * (1000000 / POLL_US);
	int err;

	snprintf(server->stats_path, sizeof(server->stats_path),
		 SL_STATS_PREFIX "nfsmix.%d", getpid());
	snprintf(server->log_path, sizeof(server->log_path), "%.3000s.log",
		 export);
	unlink(server->stats_path);
	server->port = choose_port();
	err = spawn(server, export);
	if (err) {
		fprintf(stderr, "sluice bench nfsmix: the server cannot be"
			" started: %s\n", strerror(-err));
		return 1;
	}
	while (!runs(server)) {
		if (!is_alive(server))
			return 1;
		if (!tries--) {
			fprintf(stderr, "sluice bench nfsmix: the server does"
				" not start\n");
			show_log(server);
			return 1;
		}
		usleep(POLL_US);
	}
	if (sl_stats_attach(server->stats_path, &server->stats)) {
		fprintf(stderr, "sluice bench nfsmix: %s cannot be read\n",
			server->stats_path);
		return 1;
	}
	return 0;
}

static u64 memory_bytes(pid_t pid)
{
	unsigned long long pages = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	file = fopen(path, "re");
	if (file && fscanf(file, "%*u %llu", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages * sysconf(_SC_PAGESIZE);
}

static u32 descriptors(pid_t pid)
{
	u32 count = 0;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	/* "." and ".." are none. */
	return count > 2 ? count - 2 : 0;
}

bool sl_nfs_mix_server_look(struct sl_nfs_mix_server *server)
{
	struct sl_nfs_mix_seen *seen = &server->seen;
	u32 bytes = 0;
	u32 i;

	if (!is_alive(server))
		return false;
	seen->memory_bytes = memory_bytes(server->pid);
	seen->descriptors = descriptors(server->pid);
	seen->banks[0] = 0;
	for (i = 0; i < server->stats->stage_count; i++) {
		const struct sl_stats_stage *stage =
			sl_stats_stage(server->stats, i);

		if (!stage->bank_events || bytes >= sizeof(seen->banks))
			continue;
		bytes += snprintf(seen->banks + bytes,
				  sizeof(seen->banks) - bytes, "%s%s %llu/%u",
				  bytes ? ", " : "", stage->name,
				  (unsigned long long)READ_ONCE(stage->bank_peak),
				  stage->bank_events);
	}
	return true;
}

/* Events away from home, when nobody asks for anything any more. */
static u64 events_away(const struct sl_nfs_mix_server *server)
{
	u64 away = 0;
	u32 i;

	for (i = 0; i < server->stats->stage_count; i++)
		away += READ_ONCE(sl_stats_stage(server->stats, i)
					  ->bank_in_use);
	return away;
}

static u64 events_refused(const struct sl_nfs_mix_server *server)
{
	u64 refused = 0;
	u32 i;

	for (i = 0; i < server->stats->stage_count; i++)
		refused += READ_ONCE(sl_stats_stage(server->stats, i)
					     ->bank_refused);
	return refused;
}

/* Returns whether it ended as it was asked to. */
static bool end(struct sl_nfs_mix_server *server)
{
	u32 tries = STOP_SECONDS * (1000000 / POLL_US);
	int status = 0;

	kill(server->pid, SIGTERM);
	while (!waitpid(server->pid, &status, WNOHANG)) {
		if (!tries--) {
			printf("the server does not end\n");
			show_log(server);
			return false;
		}
		usleep(POLL_US);
	}
	server->pid = 0;
	if (!status)
		return true;
	printf("the server ended with wait status %d\n", status);
	show_log(server);
	return false;
}

u32 sl_nfs_mix_server_stop(struct sl_nfs_mix_server *server)
{
	u32 tries = STOP_SECONDS * (1000000 / POLL_US);
	u32 faults = 0;

	if (!server->pid)
		return 1;
	while (events_away(server) && tries--)
		usleep(POLL_US);
	if (events_away(server)) {
		printf("events: %llu have not come home\n",
		       (unsigned long long)events_away(server));
		faults++;
	}
	if (events_refused(server)) {
		printf("events: %llu came to the wrong bank\n",
		       (unsigned long long)events_refused(server));
		faults++;
	}
	return faults + !end(server);
}

void sl_nfs_mix_server_kill(struct sl_nfs_mix_server *server)
{
	if (server->stats)
		sl_stats_detach(server->stats);
	server->stats = NULL;
	if (server->pid) {
		kill(server->pid, SIGKILL);
		waitpid(server->pid, NULL, 0);
		server->pid = 0;
	}
	unlink(server->stats_path);
	unlink(server->log_path);
}
