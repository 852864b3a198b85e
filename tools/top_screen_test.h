/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef SL_TOP_SCREEN_TEST_H
#define SL_TOP_SCREEN_TEST_H

/*
 * As much of a terminal as curses needs of xterm, linux and vt100: what a
 * program writes to it becomes a screen of characters that can be looked at.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#define VT_LINES_MAX	60
#define VT_COLUMNS_MAX	220

struct vt {
	int lines, columns;
	int y, x;
	int top, bottom;	/* scrolling region */
	char cell[VT_LINES_MAX][VT_COLUMNS_MAX];
	char last;		/* printed, for REP */
	char sequence[64];	/* since an escape; empty: none */
	unsigned int sequence_bytes;
	bool in_sequence;
	/* what was ever seen */
	unsigned long beyond_ascii, colours, unknown;
};

static inline void vt_init(struct vt *vt, int lines, int columns)
{
	memset(vt, 0, sizeof(*vt));
	vt->lines = lines;
	vt->columns = columns;
	vt->bottom = lines - 1;
	memset(vt->cell, ' ', sizeof(vt->cell));
}

/* Moves lines of the region from `first` on by one, up or down. */
static inline void vt_scroll(struct vt *vt, int first, bool up)
{
	int count = vt->bottom - first;

	if (count < 0)
		return;
	if (up)
		memmove(vt->cell[first], vt->cell[first + 1],
			count * sizeof(vt->cell[0]));
	else
		memmove(vt->cell[first + 1], vt->cell[first],
			count * sizeof(vt->cell[0]));
	memset(vt->cell[up ? vt->bottom : first], ' ', sizeof(vt->cell[0]));
}

static inline void vt_down(struct vt *vt)
{
	if (vt->y == vt->bottom)
		vt_scroll(vt, vt->top, true);
	else if (vt->y + 1 < vt->lines)
		vt->y++;
}

static inline void vt_print(struct vt *vt, char c)
{
	if (vt->x >= vt->columns) {
		vt->x = 0;
		vt_down(vt);
	}
	vt->cell[vt->y][vt->x++] = c;
	vt->last = c;
}

static inline void vt_erase(struct vt *vt, int y, int from, int to)
{
	for (; from < to && from < vt->columns; from++)
		vt->cell[y][from] = ' ';
}

static inline void vt_erase_screen(struct vt *vt, int what)
{
	int y;

	for (y = 0; y < vt->lines; y++)
		if (what == 2 || (what ? y < vt->y : y > vt->y))
			vt_erase(vt, y, 0, vt->columns);
	vt_erase(vt, vt->y, what ? 0 : vt->x, what == 1 ? vt->x + 1
							: vt->columns);
}

static inline void vt_shift(struct vt *vt, int by, bool insert)
{
	char *row = vt->cell[vt->y];
	int rest = max(vt->columns - vt->x - by, 0);

	if (insert) {
		memmove(row + vt->x + by, row + vt->x, rest);
		vt_erase(vt, vt->y, vt->x, vt->x + by);
	} else {
		memmove(row + vt->x, row + vt->x + by, rest);
		vt_erase(vt, vt->y, vt->x + rest, vt->columns);
	}
}

static inline void vt_move(struct vt *vt, int y, int x)
{
	vt->y = min(max(y, 0), vt->lines - 1);
	vt->x = min(max(x, 0), vt->columns - 1);
}

static inline void vt_colours(struct vt *vt, const char *at)
{
	for (; at; at = strchr(at, ';') ? strchr(at, ';') + 1 : NULL)
		if (atoi(at) >= 30 && atoi(at) <= 48 && atoi(at) != 39)
			vt->colours++;
}

/* "[12;40H" and the like. */
static inline void vt_control(struct vt *vt, const char *text, char final)
{
	int a = atoi(text + 1);
	int b = strchr(text, ';') ? atoi(strchr(text, ';') + 1) : 0;
	int n = max(a, 1);

	switch (final) {
	case 'H': case 'f': vt_move(vt, n - 1, max(b, 1) - 1); break;
	case 'A': vt_move(vt, vt->y - n, vt->x); break;
	case 'B': vt_move(vt, vt->y + n, vt->x); break;
	case 'C': vt_move(vt, vt->y, vt->x + n); break;
	case 'D': vt_move(vt, vt->y, vt->x - n); break;
	case 'G': vt_move(vt, vt->y, n - 1); break;
	case 'd': vt_move(vt, n - 1, vt->x); break;
	case 'J': vt_erase_screen(vt, a); break;
	case 'K': vt_erase(vt, vt->y, a ? 0 : vt->x,
			   a == 1 ? vt->x + 1 : vt->columns); break;
	case 'X': vt_erase(vt, vt->y, vt->x, vt->x + n); break;
	case 'P': vt_shift(vt, n, false); break;
	case '@': vt_shift(vt, n, true); break;
	case 'b': while (n--) vt_print(vt, vt->last); break;
	case 'L': while (n--) vt_scroll(vt, vt->y, false); break;
	case 'M': while (n--) vt_scroll(vt, vt->y, true); break;
	case 'S': while (n--) vt_scroll(vt, vt->top, true); break;
	case 'T': while (n--) vt_scroll(vt, vt->top, false); break;
	case 'r':
		vt->top = n - 1;
		vt->bottom = (b ? min(b, vt->lines) : vt->lines) - 1;
		vt_move(vt, 0, 0);
		break;
	case 'm': vt_colours(vt, text + 1); break;
	case 'h': case 'l': case 'c': case 't': break;
	default: vt->unknown++;
	}
}

/* Another byte of an escape sequence; returns whether it goes on. */
static inline bool vt_escape(struct vt *vt, char c)
{
	if (vt->sequence_bytes + 1 < sizeof(vt->sequence))
		vt->sequence[vt->sequence_bytes++] = c;
	vt->sequence[vt->sequence_bytes] = 0;
	if (*vt->sequence == '[') {
		if (vt->sequence_bytes == 1 || (c >= ' ' && c < '@'))
			return true;
		vt_control(vt, vt->sequence, c);
		return false;
	}
	if (strchr("()*+#", *vt->sequence))
		return vt->sequence_bytes < 2;
	if (c == 'M') {
		if (vt->y == vt->top)
			vt_scroll(vt, vt->top, false);
		else
			vt_move(vt, vt->y - 1, vt->x);
	}
	return false;
}

/* A byte that the program has written. */
static inline void vt_take(struct vt *vt, unsigned char c)
{
	if (vt->in_sequence) {
		vt->in_sequence = vt_escape(vt, c);
	} else if (c == 27) {
		vt->in_sequence = true;
		vt->sequence_bytes = 0;
	} else if (c == '\r') {
		vt->x = 0;
	} else if (c == '\n') {
		vt_down(vt);
	} else if (c == '\b') {
		vt->x -= vt->x > 0;
	} else if (c == '\t') {
		vt_move(vt, vt->y, (vt->x | 7) + 1);
	} else if (c >= 0xc0) {
		/* All characters that we use are one column wide. */
		vt->beyond_ascii++;
		vt_print(vt, '~');
	} else if (c >= ' ' && c < 0x7f) {
		vt_print(vt, c);
	}
}

static inline bool vt_shows(const struct vt *vt, const char *text)
{
	size_t length = strlen(text);
	int y;

	for (y = 0; y < vt->lines; y++)
		if (memmem(vt->cell[y], vt->columns, text, length))
			return true;
	return false;
}

#endif /* SL_TOP_SCREEN_TEST_H */
