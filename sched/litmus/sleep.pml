/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Two producers, one consumer that falls asleep: no wake-up is lost.
 *
 * What core.h promises.  A producer pushes with a plain store, then reads the
 * consumer's flag, with no barrier in between: its store may still be in its
 * store buffer when it reads.  The consumer sets the flag, makes every other
 * core pass a barrier (membarrier: store buffers empty), looks once more, and
 * only then sleeps on a bell that stays rung until it is heard.
 *
 * Checked: every event is taken (the end states are valid only then), so the
 * consumer never sleeps for good while something is in a ring.
 * Without the membarrier spin finds the lost wake-up: compile with -DBROKEN.
 */
#define EVENTS	3	/* of each producer */

byte slot[2];		/* events visible in each ring */
byte buffered[2];	/* pushed, but still in the producer's store buffer */
bool sleeping;		/* the flag; written by all, as in sl_core_wake() */
bool flag_buffered[2];	/* a producer's clearing of it, likewise */
byte bell;		/* an eventfd: counts, and stays rung */
byte taken;

/* The hardware empties a store buffer whenever it likes, in order. */
inline drain(i)
{
	d_step {
		slot[i] = slot[i] + buffered[i];
		buffered[i] = 0;
		if
		:: flag_buffered[i] -> sleeping = false; flag_buffered[i] = false
		:: else
		fi
	}
}

active [2] proctype producer()
{
	byte i = _pid;
	byte n;

	do
	:: n < EVENTS ->
		/* push: into the store buffer, or at once */
		atomic {
			buffered[i] = buffered[i] + 1;
			n++;
		}
		if
		:: drain(i)
		:: skip
		fi;
		/* read the flag; a store of one's own is seen by oneself */
		if
		:: sleeping && !flag_buffered[i] ->
			flag_buffered[i] = true;
			/* write(2) to the bell: a system call, which drains */
			drain(i);
			atomic { bell = 1 }
		:: else
		fi
	:: else -> break
	od;
	/* A store buffer does not keep what is in it for ever. */
	drain(i)
}

active proctype consumer()
{
	byte i;

	do
	:: taken == 2 * EVENTS -> break
	:: slot[0] > 0 -> d_step { slot[0]--; taken++ }
	:: slot[1] > 0 -> d_step { slot[1]--; taken++ }
	:: slot[0] == 0 && slot[1] == 0 && taken < 2 * EVENTS ->
		sleeping = true;
#ifndef BROKEN
		drain(0);
		drain(1);
#endif
		if
		:: slot[0] > 0 || slot[1] > 0 -> skip
		:: else ->
			/* epoll_wait: until the bell rings */
			bell == 1;
		fi;
		sleeping = false;
		bell = 0
	od
}
