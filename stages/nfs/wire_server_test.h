/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The NFS server as people run it, in a process of its own over a directory
 * of the test's.
 *
 *   server_open()     makes the directory; set() adds options
 *   server_start()    sluice run pipelines/nfs.yaml; again after server_kill()
 *   server_stop()     it must end well
 *   server_close()    the same, and removes the directory
 */
#ifndef WIRE_SERVER_TEST_H
#define WIRE_SERVER_TEST_H

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/types.h>

#include "tools/command.h"
#include "tools/test.h"

#define WIRE_WAIT_S	60		/* for an answer, on a busy machine */
#define SETTINGS_MAX	12

struct server {
	char base[200];
	char export[256];
	char log[256];
	char key[256];
	char setting[SETTINGS_MAX][300];
	u32 settings;
	pid_t pid;
	u16 port;
};

static struct server server;

static inline void set(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(server.setting[server.settings++],
		  sizeof(server.setting[0]), format, args);
	va_end(args);
}

static inline void server_open(void)
{
	const char *tmp = getenv("TMPDIR");

	memset(&server, 0, sizeof(server));
	snprintf(server.base, sizeof(server.base), "%.150s/sluice-XXXXXX",
		 tmp ? tmp : "/tmp");
	if (!mkdtemp(server.base) || chmod(server.base, 0711)) {
		perror(server.base);
		exit(1);
	}
	snprintf(server.export, sizeof(server.export), "%s/export",
		 server.base);
	snprintf(server.log, sizeof(server.log), "%s/log", server.base);
	mkdir(server.export, 0777);
	chmod(server.export, 0777);
	set("fs.export=%s", server.export);
	set("fs.key=%s/key", server.base);
	set("rpc.secure=false");
	set("rpc.squash=none");
}

/* Has the server said this? */
static inline bool server_said(const char *words)
{
	FILE *log = fopen(server.log, "re");
	char line[2048];
	bool said = false;

	while (log && fgets(line, sizeof(line), log))
		said |= strstr(line, words) != NULL;
	if (log)
		fclose(log);
	return said;
}

static inline void server_show_log(void)
{
	FILE *log = fopen(server.log, "re");
	char line[2048];

	while (log && fgets(line, sizeof(line), log))
		fprintf(stderr, "  server: %s", line);
	if (log)
		fclose(log);
}

/* A port that nobody has just now; it stays the server's over its restarts. */
static inline u16 free_port(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t bytes = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(!bind(fd, (struct sockaddr *)&address, sizeof(address)));
	CHECK(!getsockname(fd, (struct sockaddr *)&address, &bytes));
	close(fd);
	return ntohs(address.sin_port);
}

static inline void server_run(void)
{
	char *argv[2 * SETTINGS_MAX + 8];
	char listen[64];
	int log = open(server.log, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	u32 count = 0;
	u32 i;

	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	close(log);
	snprintf(listen, sizeof(listen), "net.listen=127.0.0.1:%u",
		 server.port);
	argv[count++] = (char *)"run";
	argv[count++] = (char *)"pipelines/nfs.yaml";
	/* A death signal does not outlive a change of the user. */
	argv[count++] = (char *)"--seconds";
	argv[count++] = (char *)"900";
	argv[count++] = (char *)"--set";
	argv[count++] = listen;
	for (i = 0; i < server.settings; i++) {
		argv[count++] = (char *)"--set";
		argv[count++] = server.setting[i];
	}
	argv[count] = NULL;
	setenv("SLUICE_KB", "", 1);
	exit(sl_command_run(count, argv));
}

static inline void server_start(void)
{
	u32 ms;

	if (!server.port)
		server.port = free_port();
	unlink(server.log);
	fflush(NULL);
	server.pid = fork();
	if (!server.pid)
		server_run();
	for (ms = 0; ms < WIRE_WAIT_S * 1000; ms += 10) {
		if (server_said("nfs runs"))
			return;
		if (waitpid(server.pid, NULL, WNOHANG))
			break;
		usleep(10000);
	}
	fprintf(stderr, "the server does not start\n");
	server_show_log();
	exit(1);
}

/* As a crash of its host would, but for what the host's kernel keeps. */
static inline void server_kill(void)
{
	kill(server.pid, SIGKILL);
	waitpid(server.pid, NULL, 0);
	server.pid = 0;
}

/* It ends well: with status 0, with nothing left undone, and soon. */
static inline void server_stop(void)
{
	int status = -1;

	kill(server.pid, SIGTERM);
	waitpid(server.pid, &status, 0);
	if (!CHECK_EQ(status, 0) ||
	    !CHECK(!server_said("work left undone")))
		server_show_log();
	server.pid = 0;
}

static inline int wire_remove(const char *path, const struct stat *st, int type,
			      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void server_close(void)
{
	if (server.pid)
		server_stop();
	nftw(server.base, wire_remove, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static inline u32 server_descriptors(void)
{
	u32 count = 0;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", server.pid);
	dir = opendir(path);
	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count - 2;
}

#endif /* WIRE_SERVER_TEST_H */
