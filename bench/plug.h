/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Plug-ins of the benchmarks, bench/plugin/: what needs a library that the
 * command itself shall not depend on.
 */
#ifndef SL_PLUG_H
#define SL_PLUG_H

/**
 * sl_plug_open() - what a plug-in exports
 * @name: of its file, which is sought beside the command and where make
 *	  install puts it
 * @symbol: what it exports
 *
 * It stays open until the command ends.
 *
 * Return: the symbol, or NULL; if the plug-in is there but cannot be opened,
 * after a line on stderr.
 */
void *sl_plug_open(const char *name, const char *symbol);

#endif /* SL_PLUG_H */
