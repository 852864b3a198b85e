/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A process and a kernel thread, each asleep when it finds nothing: no wake-up
 * is lost in either direction (stages/kernel/device.h, sched/device_kmod.c).
 *
 * The process pushes messages with plain stores, then reads the thread's flag
 * with no barrier in between, and rings (KICK) if it is set; the thread does
 * the same with answers, but clears the process's flag before it rings.  Who
 * is about to sleep sets his flag, makes the other's CPU pass a barrier, and
 * looks once more.  The thread's bell stays rung until it is heard.  The
 * process sleeps on a wait queue; woken for nothing, it begins anew if its
 * flag is gone, for that may have been seen for an earlier wait.
 *
 * Checked: every message is answered and every answer taken; the end states
 * are valid only then.  spin finds the lost wake-up without the thread's
 * fence (-DBROKEN=1), without the process's (-DBROKEN=2), and if the process
 * sleeps on although its flag was cleared for an earlier wait (-DBROKEN=3).
 */
#ifndef BROKEN
#define BROKEN	0
#endif
#define EVENTS	4
#define WINDOW	2

byte submit, complete;		/* visible in each ring */
byte user_buffer;		/* pushed, but still in the store buffer, */
byte kernel_buffer;		/* likewise */
bool kernel_sleeping;
bool user_sleeping;
bool clear_buffered;		/* the thread's clearing of user_sleeping */
bool rung;			/* the thread's bell */
bool queued, woken;		/* the process on its wait queue */
byte taken;

/* The hardware empties a store buffer whenever it likes, in order. */
inline drain_user()
{
	d_step {
		submit = submit + user_buffer;
		user_buffer = 0
	}
}

inline drain_kernel()
{
	d_step {
		complete = complete + kernel_buffer;
		kernel_buffer = 0;
		if
		:: clear_buffered ->
			user_sleeping = false;
			clear_buffered = false
		:: else
		fi
	}
}

active proctype user()
{
	byte pushed;

	do
	:: taken == EVENTS -> break
	:: pushed < EVENTS && pushed < taken + WINDOW ->
		atomic {
			user_buffer++;
			pushed++
		}
		if
		:: drain_user()
		:: skip
		fi;
		if
		:: kernel_sleeping ->
			/* KICK: the flag, then the bell, then a barrier */
			kernel_sleeping = false;
			drain_user();
			rung = true
		:: else
		fi
	:: complete > 0 -> d_step { complete--; taken++ }
	:: complete == 0 && taken < pushed ->
		/* WAIT: on the queue first, then a look, then sleep */
again:		user_sleeping = true;
		drain_user();
#if BROKEN != 2
		drain_kernel();
#endif
		queued = true;
		do
#if BROKEN == 3
		:: complete > 0 -> break
#else
		:: complete > 0 || !user_sleeping -> break
#endif
		:: else -> woken; woken = false
		od;
		queued = false;
		woken = false;
		if
		:: complete > 0 -> user_sleeping = false
		:: else -> goto again
		fi
	od;
	drain_user()
}

active proctype kernel()
{
	byte answered;

	do
	:: answered == EVENTS -> break
	:: submit > 0 ->
		d_step { submit--; answered++ }
		kernel_buffer++;
		if
		:: drain_kernel()
		:: skip
		fi;
		if
		:: user_sleeping && !clear_buffered ->
			clear_buffered = true;
			/* wake_up() takes a lock, which is a barrier */
			drain_kernel();
			if
			:: queued -> woken = true
			:: else
			fi
		:: else
		fi
	:: submit == 0 && answered < EVENTS ->
		kernel_sleeping = true;
		drain_kernel();
#if BROKEN != 1
		drain_user();
#endif
		if
		:: submit > 0 -> skip
		:: else -> rung
		fi;
		kernel_sleeping = false;
		rung = false
	od;
	drain_kernel()
}
