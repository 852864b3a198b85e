// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/hello_epoll.h"
#include "bench/hello_server.h"
#include "bench/tpcw_server.h"

#define START_MS	5000
#define STOP_MS		10000

static void pause_ms(int ms)
{
	const struct timespec span = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&span, NULL);
}

static struct sockaddr_in loopback(unsigned int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

/* A port that nobody has now; 0 if there is none. */
static unsigned int free_port(void)
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

static void stay_on(int cpu, int other)
{
	cpu_set_t set;

	if (cpu == SL_HELLO_ANYWHERE)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (other != SL_HELLO_ANYWHERE)
		CPU_SET(other, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Finds a program as a shell would, and in sbin, where servers lie. */
static bool find_program(const char *name, char *path)
{
	static const char *const sbin = "/usr/local/sbin:/usr/sbin:/sbin";
	const char *search = getenv("PATH");
	char all[8192];
	char *at = all, *directory;

	snprintf(all, sizeof(all), "%s:%s", search ? search : "/usr/bin", sbin);
	while ((directory = strsep(&at, ":"))) {
		snprintf(path, PATH_MAX, "%s/%s", directory, name);
		if (!access(path, X_OK))
			return true;
	}
	return false;
}

/**
 * sl_hello_installed() - is there such a program
 * @program: its name
 */
bool sl_hello_installed(const char *program)
{
	char path[PATH_MAX];

	return find_program(program, path);
}

static void run_sluice(const struct sl_hello_server *server)
{
	char path[PATH_MAX], listen[64], net[32], http[32], reply[64];

	sl_tpcw_server_find("hello.yaml", path);
	snprintf(listen, sizeof(listen), "net.listen=127.0.0.1:%u",
		 server->port);
	snprintf(net, sizeof(net), "net.core=%d", server->cpu);
	snprintf(http, sizeof(http), "http.core=%d", server->cpu_http);
	snprintf(reply, sizeof(reply), "http.reply_bytes=%d",
		 SL_HELLO_BODY_BYTES);
	execl("/proc/self/exe", "sluice", "run", path, "--set", listen,
	      "--set", net, "--set", http, "--set", reply, NULL);
}

/* Everything that nginx writes stays in the directory, where it is run. */
static const char nginx_file[] =
	"daemon off;\n"
	"master_process off;\n"
	"pid nginx.pid;\n"
	"error_log nginx.log;\n"
	"events { worker_connections 1024; }\n"
	"http {\n"
	"  access_log off;\n"
	"  default_type text/plain;\n"
	"  keepalive_requests 1000000000;\n"
	"  client_body_temp_path body;\n"
	"  proxy_temp_path proxy;\n"
	"  fastcgi_temp_path fastcgi;\n"
	"  uwsgi_temp_path uwsgi;\n"
	"  scgi_temp_path scgi;\n"
	"  server {\n"
	"    listen 127.0.0.1:%u;\n"
	"    location / { return 200 \"%0*d\"; }\n"
	"  }\n"
	"}\n";

static void run_nginx(const struct sl_hello_server *server,
		      const char *directory)
{
	char path[PATH_MAX], file_path[PATH_MAX], log[PATH_MAX];
	FILE *file;

	snprintf(file_path, sizeof(file_path), "%s/nginx.conf", directory);
	snprintf(log, sizeof(log), "%s/nginx.log", directory);
	file = fopen(file_path, "w");
	if (!file || !find_program("nginx", path))
		return;
	fprintf(file, nginx_file, server->port, SL_HELLO_BODY_BYTES, 0);
	fclose(file);
	execl(path, "nginx", "-e", log, "-c", file_path, "-p", directory, NULL);
}

/* In the child. */
static void run(const struct sl_hello_server *server, const char *directory)
{
	char path[PATH_MAX];
	int log, err;

	snprintf(path, sizeof(path), "%s/server.log", directory);
	log = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	/* Not left behind, and not interrupted with us from the keyboard. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	setpgid(0, 0);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	stay_on(server->cpu, server->cpu_http);
	if (log >= 0) {
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
	}
	if (server->kind == SL_HELLO_SLUICE) {
		run_sluice(server);
	} else if (server->kind == SL_HELLO_NGINX) {
		run_nginx(server, directory);
	} else {
		err = sl_hello_epoll(server->port);
		fprintf(stderr, "cannot serve: %s\n", strerror(-err));
	}
	_exit(127);
}

/* Does a whole reply come back? */
static bool answers(unsigned int port)
{
	static const char ask[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
	const struct timeval patience = { 1, 0 };
	struct sockaddr_in address = loopback(port);
	char reply[4096] = "";
	size_t have = 0;
	ssize_t n = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (!connect(fd, (struct sockaddr *)&address, sizeof(address)) &&
	    send(fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL) > 0)
		while (n > 0 && have < SL_HELLO_BODY_BYTES) {
			n = recv(fd, reply + have, sizeof(reply) - have, 0);
			have += n > 0 ? n : 0;
		}
	close(fd);
	return have >= SL_HELLO_BODY_BYTES &&
	       !memcmp(reply, "HTTP/1.1 200", 12);
}

static void show_log(const struct sl_hello_server *server,
		     const char *directory)
{
	char path[PATH_MAX], line[512];
	FILE *log;

	fprintf(stderr, "sluice bench hello: %s does not answer; it said:\n",
		server->name);
	snprintf(path, sizeof(path), "%s/server.log", directory);
	log = fopen(path, "r");
	while (log && fgets(line, sizeof(line), log))
		fprintf(stderr, "  %s", line);
	if (log)
		fclose(log);
}

/**
 * sl_hello_start() - start a server and wait until it answers
 * @server: what to start
 * @directory: where it may write
 *
 * Return: 0, or -EIO after it has been said why.
 */
int sl_hello_start(struct sl_hello_server *server, const char *directory)
{
	int ms;

	server->port = free_port();
	fflush(NULL);
	server->pid = fork();
	if (server->pid < 0) {
		fprintf(stderr, "sluice bench hello: cannot fork: %s\n",
			strerror(errno));
		server->pid = 0;
		return -EIO;
	}
	if (!server->pid)
		run(server, directory);
	for (ms = 0; ms < START_MS; ms += 10) {
		if (answers(server->port))
			return 0;
		if (waitpid(server->pid, NULL, WNOHANG) == server->pid) {
			server->pid = 0;
			break;
		}
		pause_ms(10);
	}
	show_log(server, directory);
	sl_hello_stop(server);
	return -EIO;
}

/**
 * sl_hello_stop() - stop a server, by force if need be
 * @server: the server; with none running, nothing happens
 */
void sl_hello_stop(struct sl_hello_server *server)
{
	int ms;

	if (!server->pid)
		return;
	kill(server->pid, SIGTERM);
	for (ms = 0; ms < STOP_MS; ms += 10) {
		if (waitpid(server->pid, NULL, WNOHANG) == server->pid) {
			server->pid = 0;
			return;
		}
		pause_ms(10);
	}
	kill(server->pid, SIGKILL);
	waitpid(server->pid, NULL, 0);
	server->pid = 0;
}

/* Starts wrk; what it says can be read from the result. */
static FILE *start_wrk(const struct sl_hello_server *server, int seconds,
		       pid_t *pid)
{
	char path[PATH_MAX], url[64], connections[16], duration[16];
	int said[2];

	if (!find_program("wrk", path) || pipe2(said, O_CLOEXEC))
		return NULL;
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", server->port);
	snprintf(connections, sizeof(connections), "-c%d",
		 SL_HELLO_CONNECTIONS);
	snprintf(duration, sizeof(duration), "-d%ds", seconds);
	fflush(NULL);
	*pid = fork();
	if (!*pid) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		stay_on(server->cpu_load, SL_HELLO_ANYWHERE);
		dup2(said[1], STDOUT_FILENO);
		execl(path, "wrk", "-t1", connections, duration, url, NULL);
		_exit(127);
	}
	close(said[1]);
	if (*pid > 0)
		return fdopen(said[0], "r");
	close(said[0]);
	return NULL;
}

static double cpu_seconds(pid_t pid)
{
	struct timespec used;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &used))
		return 0;
	return used.tv_sec + used.tv_nsec / 1e9;
}

/**
 * sl_hello_load() - load a server for a while
 * @server: a running server
 * @seconds: how long
 * @slice: what it did
 *
 * Return: 0, or -EIO after it has been said why: a measurement in which
 * requests failed is none.
 */
int sl_hello_load(const struct sl_hello_server *server, int seconds,
		  struct sl_hello_slice *slice)
{
	double cpu = cpu_seconds(server->pid);
	double requests = 0;
	char line[256], trouble[256] = "";
	int status = -1;
	pid_t pid;
	FILE *said = start_wrk(server, seconds, &pid);

	memset(slice, 0, sizeof(*slice));
	while (said && fgets(line, sizeof(line), said)) {
		double number;

		if (sscanf(line, "Requests/sec: %lf", &number) == 1)
			slice->requests_per_s = number;
		else if (sscanf(line, " %lf requests in", &number) == 1)
			requests = number;
		else if (strstr(line, "Non-2xx") || strstr(line, "errors:"))
			snprintf(trouble, sizeof(trouble), "%s",
				 line + strspn(line, " "));
	}
	if (said) {
		fclose(said);
		waitpid(pid, &status, 0);
	}
	if (status || requests <= 0 || *trouble) {
		fprintf(stderr, "sluice bench hello: wrk against %s failed: %s\n",
			server->name, *trouble ? trouble : "no result");
		return -EIO;
	}
	slice->cpu_us = (cpu_seconds(server->pid) - cpu) / requests * 1e6;
	return 0;
}
