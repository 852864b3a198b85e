// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/nfs_ganesha.h"
#include "bench/nfs_server.h"
#include "bench/tpcw_server.h"

#define START_MS	60000
#define STOP_MS		10000
#define STEP_MS		10
#define NFS_PROGRAM	100003
#define MOUNT_PROGRAM	100005

const char *const nfs_peer_name[NFS_PEERS] = { "sluice", "ganesha" };

int nfs_server_isolate(void)
{
	struct ifreq loopback = { .ifr_name = "lo" };
	int err = 0;
	int fd;

	if (unshare(CLONE_NEWNET))
		return -errno;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	loopback.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(fd, SIOCSIFFLAGS, &loopback))
		err = -errno;
	close(fd);
	return err;
}

static struct sockaddr_in loopback(u16 port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

/* A port that nobody has now; 0 if there is none. */
static u16 free_port(void)
{
	struct sockaddr_in address = loopback(0);
	socklen_t bytes = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, bytes) ||
	    getsockname(fd, (struct sockaddr *)&address, &bytes))
		address.sin_port = 0;
	if (fd >= 0)
		close(fd);
	return ntohs(address.sin_port);
}

/* Does it answer a call that does nothing? */
static bool answers(u16 port, u32 program)
{
	const struct timeval patience = { 1, 0 };
	const u32 call[] = {
		htonl(0x80000000 | 40), htonl(1), 0, htonl(2), htonl(program),
		htonl(3), 0, 0, 0, 0, 0,
	};
	struct sockaddr_in address = loopback(port);
	u32 reply[7] = { 0 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool good;

	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	good = !connect(fd, (struct sockaddr *)&address, sizeof(address)) &&
	       send(fd, call, sizeof(call), MSG_NOSIGNAL) == sizeof(call) &&
	       recv(fd, reply, sizeof(reply), MSG_WAITALL) == sizeof(reply) &&
	       reply[2] == htonl(1) && !reply[6];
	close(fd);
	return good;
}

static void stay_on(const int cpu[2])
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu[0], &set);
	CPU_SET(cpu[1], &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* The command line of a server. */
struct command {
	char *word[2 * NFS_SERVER_SETTINGS + 32];
	u32 words;
};

static void __attribute__((format(printf, 2, 3)))
set(struct command *command, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	command->word[command->words++] = "--set";
	/* In a process that becomes another, or ends. */
	if (vasprintf(&command->word[command->words++], format, values) < 0)
		_exit(127);
	va_end(values);
}

/* A second core, if there is one, has all but the sockets. */
static void run_sluice(const struct nfs_server *server)
{
	char path[PATH_MAX];
	struct command command = { { "sluice", "run", path }, 3 };
	u32 i;

	sl_tpcw_server_find("nfs.yaml", path);
	set(&command, "net.listen=127.0.0.1:%u", server->target.port);
	set(&command, "fs.export=%s", server->export);
	set(&command, "fs.handles=%d", NFS_SERVER_FILES);
	set(&command, "*.core=%d", server->cpu[0]);
	set(&command, "rpc.core=%d", server->cpu[1]);
	set(&command, "nfs.core=%d", server->cpu[1]);
	set(&command, "fs.core=%d", server->cpu[1]);
	set(&command, "block.core=%d", server->cpu[1]);
	set(&command, "rpc.secure=false");
	/* Without root all is its user's, whoever asks. */
	set(&command, "rpc.squash=%s", geteuid() ? "all" : "none");
	set(&command, "rpc.anonuid=%u", geteuid());
	set(&command, "rpc.anongid=%u", getegid());
	for (i = 0; i < server->settings; i++)
		set(&command, "%s", server->setting[i]);
	execv("/proc/self/exe", command.word);
}

/*
 * sluice takes on other users, and thereby loses the wish to end with its
 * parent; so its parent is a process that wishes it, and passes it on.
 */
static void keep_sluice(const struct nfs_server *server)
{
	const struct timespec patience = { STOP_MS / 2000, 0 };
	sigset_t set, before;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &before);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	pid = fork();
	if (!pid) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		stay_on(server->cpu);
		run_sluice(server);
		_exit(127);
	}
	if (pid < 0 || sigwaitinfo(&set, NULL) == SIGCHLD)
		return;
	kill(pid, SIGTERM);
	sigdelset(&set, SIGTERM);
	if (sigtimedwait(&set, NULL, &patience) < 0)
		kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	_exit(0);
}

/* In the child. */
static void run(const struct nfs_server *server)
{
	char path[PATH_MAX + 16];
	int log;

	snprintf(path, sizeof(path), "%s/server.log", server->directory);
	log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	/* Not interrupted with us from the keyboard. */
	setpgid(0, 0);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	if (log >= 0) {
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
	}
	if (server->peer == NFS_GANESHA) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		stay_on(server->cpu);
		nfs_ganesha_run(server);
	} else {
		keep_sluice(server);
	}
	_exit(127);
}

static void show_log(const struct nfs_server *server)
{
	char path[PATH_MAX + 16], line[512];
	FILE *log;

	fprintf(stderr, "sluice bench nfs: %s does not answer; it said:\n",
		nfs_peer_name[server->peer]);
	snprintf(path, sizeof(path), "%s/server.log", server->directory);
	log = fopen(path, "r");
	while (log && fgets(line, sizeof(line), log))
		fprintf(stderr, "  %s", line);
	if (log)
		fclose(log);
}

static void pause_ms(int ms)
{
	const struct timespec span = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&span, NULL);
}

static bool ended(struct nfs_server *server)
{
	if (waitpid(server->pid, NULL, WNOHANG) != server->pid)
		return false;
	server->pid = 0;
	return true;
}

int nfs_server_start(struct nfs_server *server)
{
	struct nfs_target *target = &server->target;
	bool ganesha = server->peer == NFS_GANESHA;
	int ms;

	target->address = "127.0.0.1";
	target->port = free_port();
	target->mount_port = ganesha ? free_port() : target->port;
	target->path = ganesha ? server->export : "/";
	fflush(NULL);
	server->pid = ganesha ? nfs_ganesha_fork() : fork();
	if (server->pid < 0) {
		fprintf(stderr, "sluice bench nfs: cannot fork: %s\n",
			strerror(errno));
		server->pid = 0;
		return -EIO;
	}
	if (!server->pid)
		run(server);
	for (ms = 0; ms < START_MS; ms += STEP_MS) {
		if (answers(target->port, NFS_PROGRAM) &&
		    answers(target->mount_port, MOUNT_PROGRAM))
			return 0;
		if (ended(server))
			break;
		pause_ms(STEP_MS);
	}
	show_log(server);
	nfs_server_stop(server);
	return -EIO;
}

void nfs_server_stop(struct nfs_server *server)
{
	int ms;

	if (!server->pid)
		return;
	/* ganesha's init hears nothing gentler, and takes all with it. */
	kill(server->pid, server->peer == NFS_GANESHA ? SIGKILL : SIGTERM);
	for (ms = 0; ms < STOP_MS; ms += STEP_MS) {
		if (ended(server))
			return;
		pause_ms(STEP_MS);
	}
	/* With who was started by it, and may not have had the CPU to end. */
	kill(-server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
	server->pid = 0;
}
