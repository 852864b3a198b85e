/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef BENCH_TPCW_SERVER_H
#define BENCH_TPCW_SERVER_H

/*
 * The server under test: this program's own "run", in a process of its own.
 */
#include <limits.h>
#include <netinet/in.h>
#include <sys/types.h>

#include <linux/types.h>
#include "profiler/stats.h"

#define SL_TPCW_SETTINGS_MAX 64

/**
 * struct sl_tpcw_server - a server
 * @pipeline: the pipeline's file
 * @dir: the bookstore that it serves
 * @setting: further STAGE.OPTION=VALUE
 * @settings: how many
 * @address: where it listens; with port 0, one that is free is chosen
 * @pid: its process, 0 while there is none
 * @stats_path: its stats segment
 * @log_path: what it says, on stderr
 * @stats: the segment, NULL while there is none
 */
struct sl_tpcw_server {
	const char *pipeline;
	const char *dir;
	const char *setting[SL_TPCW_SETTINGS_MAX];
	u32 settings;
	struct sockaddr_in address;
	pid_t pid;
	char stats_path[PATH_MAX];
	char log_path[PATH_MAX];
	const struct sl_stats *stats;
};

/**
 * sl_tpcw_server_start() - start it and wait until it answers
 * @server: what to start; also one that was killed
 *
 * Return: 0, or a negative errno after a line on stderr, and what the server
 * said, if it said something.
 */
int sl_tpcw_server_start(struct sl_tpcw_server *server);

/* Return: false, after a line on stderr, once it has ended by itself. */
bool sl_tpcw_server_alive(struct sl_tpcw_server *server);

/* Kills it as kill -9 does. */
void sl_tpcw_server_kill(struct sl_tpcw_server *server);

/**
 * sl_tpcw_server_stop() - ask it to end, and wait
 * @server: the server; with none running, nothing happens
 *
 * Return: 0; -EIO, after a line on stderr, if it failed in ending, or had to
 * be killed after ten seconds.
 */
int sl_tpcw_server_stop(struct sl_tpcw_server *server);

/* Return: bytes of memory it has in use; 0 if that is not known. */
u64 sl_tpcw_server_memory(const struct sl_tpcw_server *server);

/**
 * sl_tpcw_server_find() - where the pipeline file of a name is
 * @name: such as "tpcw.yaml"
 * @path: PATH_MAX bytes, gets it: beside the program's tree as built or as
 *	  installed, or in the current directory's pipelines/
 */
void sl_tpcw_server_find(const char *name, char *path);

#endif
