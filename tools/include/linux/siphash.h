/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * SipHash-2-4 (Aumasson, Bernstein): 64 bits that nobody can make who does not
 * know the key.
 */
#ifndef TOOLS_LINUX_SIPHASH_H
#define TOOLS_LINUX_SIPHASH_H

#include <asm/byteorder.h>
#include <linux/string.h>
#include <linux/types.h>

typedef struct {
	u64 key[2];
} siphash_key_t;

static inline u64 siphash_rotate(u64 word, unsigned int shift)
{
	return word << shift | word >> (64 - shift);
}

static inline void siphash_rounds(u64 v[4], int rounds)
{
	while (rounds--) {
		v[0] += v[1];
		v[1] = siphash_rotate(v[1], 13) ^ v[0];
		v[0] = siphash_rotate(v[0], 32);
		v[2] += v[3];
		v[3] = siphash_rotate(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = siphash_rotate(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = siphash_rotate(v[1], 17) ^ v[2];
		v[2] = siphash_rotate(v[2], 32);
	}
}

static inline void siphash_word(u64 v[4], u64 word)
{
	v[3] ^= word;
	siphash_rounds(v, 2);
	v[0] ^= word;
}

/* Up to 8 bytes, the first one lowest. */
static inline u64 siphash_load(const void *from, size_t bytes)
{
	u64 word = 0;

	memcpy(&word, from, bytes);
	return le64_to_cpu(word);
}

static inline u64 siphash(const void *data, size_t bytes,
			  const siphash_key_t *key)
{
	u64 v[4] = { key->key[0] ^ 0x736f6d6570736575u,
		     key->key[1] ^ 0x646f72616e646f6du,
		     key->key[0] ^ 0x6c7967656e657261u,
		     key->key[1] ^ 0x7465646279746573u };
	u64 last = (u64)bytes << 56;

	for (; bytes >= 8; bytes -= 8, data = (const u8 *)data + 8)
		siphash_word(v, siphash_load(data, 8));
	siphash_word(v, last | siphash_load(data, bytes));
	v[2] ^= 0xff;
	siphash_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

#endif
