// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "bench/tpcw_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_SECONDS 20
#define STOP_SECONDS  10
#define POLL_NS	      (5 * 1000 * 1000)

static void pause_briefly(void)
{
	const struct timespec span = { 0, POLL_NS };

	nanosleep(&span, NULL);
}

/* A free port: ours until we close it, and not given away again at once. */
static int port_choose(struct sockaddr_in *address)
{
	socklen_t bytes = sizeof(*address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)address, bytes) ||
	    getsockname(fd, (struct sockaddr *)address, &bytes))
		err = -errno;
	close(fd);
	return err;
}

/* What the server said; it is of interest only if something went wrong. */
static void log_show(const struct sl_tpcw_server *server)
{
	FILE *log = fopen(server->log_path, "re");
	char line[512];

	while (log && fgets(line, sizeof(line), log))
		fprintf(stderr, "  server: %s", line);
	if (log)
		fclose(log);
}

/* In the child: only what may be called after a fork. */
static void run(const struct sl_tpcw_server *server, char **argv)
{
	int log = open(server->log_path, O_WRONLY | O_CREAT | O_APPEND, 0644);
	sigset_t none;

	/* Not left behind, and not interrupted with us from the keyboard. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (log >= 0) {
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
	}
	execv("/proc/self/exe", argv);
	_exit(127);
}

static int spawn(struct sl_tpcw_server *server)
{
	char *argv[2 * SL_TPCW_SETTINGS_MAX + 12];
	char export[PATH_MAX + 16], listen[64];
	u32 count = 0, i;

	snprintf(export, sizeof(export), "fs.export=%s", server->dir);
	snprintf(listen, sizeof(listen), "net.listen=%s:%u",
		 inet_ntoa(server->address.sin_addr),
		 ntohs(server->address.sin_port));
	argv[count++] = "sluice";
	argv[count++] = "run";
	argv[count++] = (char *)server->pipeline;
	argv[count++] = "--set";
	argv[count++] = export;
	argv[count++] = "--set";
	argv[count++] = listen;
	for (i = 0; i < server->settings; i++) {
		argv[count++] = "--set";
		argv[count++] = (char *)server->setting[i];
	}
	argv[count] = NULL;
	fflush(NULL);
	server->pid = fork();
	if (!server->pid)
		run(server, argv);
	return server->pid < 0 ? -errno : 0;
}

/* Return: whether a small page comes back. */
static bool answers(const struct sl_tpcw_server *server)
{
	static const char ask[] = "GET /customer_registration HTTP/1.1\r\n"
				  "Host: localhost\r\n\r\n";
	const struct timeval patience = { 1, 0 };
	char reply[16] = "";
	bool good = false;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (!connect(fd, (const struct sockaddr *)&server->address,
		     sizeof(server->address)) &&
	    send(fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL) ==
		    (ssize_t)sizeof(ask) - 1)
		good = recv(fd, reply, 12, MSG_WAITALL) == 12 &&
		       !memcmp(reply, "HTTP/1.1 200", 12);
	close(fd);
	return good;
}

bool sl_tpcw_server_alive(struct sl_tpcw_server *server)
{
	int status;

	if (!server->pid || waitpid(server->pid, &status, WNOHANG) <= 0)
		return server->pid != 0;
	server->pid = 0;
	if (WIFSIGNALED(status))
		fprintf(stderr, "sluice bench: the server ended by signal %d"
			" (%s)\n", WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	else
		fprintf(stderr, "sluice bench: the server ended with status"
			" %d\n", WEXITSTATUS(status));
	log_show(server);
	return false;
}

static int answer_wait(struct sl_tpcw_server *server)
{
	const time_t until = time(NULL) + START_SECONDS;

	while (!answers(server)) {
		if (!sl_tpcw_server_alive(server))
			return -ECHILD;
		if (time(NULL) > until) {
			fprintf(stderr, "sluice bench: the server does not"
				" answer after %d seconds\n", START_SECONDS);
			log_show(server);
			sl_tpcw_server_kill(server);
			return -ETIMEDOUT;
		}
		pause_briefly();
	}
	return 0;
}

static void stats_detach(struct sl_tpcw_server *server)
{
	if (server->stats)
		sl_stats_detach(server->stats);
	server->stats = NULL;
}

/* It is where everybody else looks for it, so others can watch, too. */
static void stats_attach(struct sl_tpcw_server *server)
{
	int err = sl_stats_path_of(server->pid, server->stats_path,
				   sizeof(server->stats_path));

	if (!err)
		err = sl_stats_attach(server->stats_path, &server->stats);
	if (!err)
		return;
	fprintf(stderr, "sluice bench: no stats segment of the server can be"
		" read; there will be no table of stages\n");
	server->stats = NULL;
}

int sl_tpcw_server_start(struct sl_tpcw_server *server)
{
	int err = 0;

	if (!server->address.sin_port)
		err = port_choose(&server->address);
	err = err ?: spawn(server);
	if (err) {
		fprintf(stderr, "sluice bench: the server cannot be started:"
			" %s\n", strerror(-err));
		server->pid = 0;
		return err;
	}
	err = answer_wait(server);
	if (!err)
		stats_attach(server);
	return err;
}

void sl_tpcw_server_kill(struct sl_tpcw_server *server)
{
	stats_detach(server);
	if (!server->pid)
		return;
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
	server->pid = 0;
	if (*server->stats_path)
		unlink(server->stats_path);
}

int sl_tpcw_server_stop(struct sl_tpcw_server *server)
{
	const time_t until = time(NULL) + STOP_SECONDS;
	int status = 0;

	stats_detach(server);
	if (!server->pid)
		return 0;
	kill(server->pid, SIGTERM);
	while (!waitpid(server->pid, &status, WNOHANG)) {
		if (time(NULL) > until) {
			fprintf(stderr, "sluice bench: the server had to be"
				" killed: it did not stop in %d seconds\n",
				STOP_SECONDS);
			log_show(server);
			sl_tpcw_server_kill(server);
			return -EIO;
		}
		pause_briefly();
	}
	server->pid = 0;
	if (!status)
		return 0;
	fprintf(stderr, "sluice bench: the server failed in stopping, wait"
		" status %d\n", status);
	log_show(server);
	return -EIO;
}

u64 sl_tpcw_server_memory(const struct sl_tpcw_server *server)
{
	unsigned long long kib = 0;
	char path[64], line[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", server->pid);
	file = server->pid ? fopen(path, "re") : NULL;
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmRSS: %llu kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib * 1024;
}

void sl_tpcw_server_find(const char *name, char *path)
{
	static const char *const places[] = { "../pipelines", "pipelines",
					      "../share/sluice/pipelines" };
	char program[PATH_MAX];
	ssize_t count = readlink("/proc/self/exe", program,
				 sizeof(program) - 1);
	char *slash;
	u32 i;

	program[count > 0 ? count : 0] = 0;
	slash = strrchr(program, '/');
	for (i = 0; slash && i < sizeof(places) / sizeof(places[0]); i++) {
		if (snprintf(path, PATH_MAX, "%.*s/%s/%s",
			     (int)(slash - program), program, places[i],
			     name) < PATH_MAX && !access(path, R_OK))
			return;
	}
	snprintf(path, PATH_MAX, "pipelines/%s", name);
}
