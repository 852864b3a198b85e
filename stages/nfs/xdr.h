/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * External data representation (RFC 4506): what ONC RPC and NFS are written in.
 *
 * Numbers have their highest byte first, everything is a multiple of four
 * bytes long.  A reader never goes beyond its end: what is not there reads as
 * 0, and the reader is bad from then on, so that a whole structure is read
 * first and looked at afterwards.  A writer is a pointer that moves on; who
 * calls has seen to it that there is room.  Nothing has to be aligned.
 */
#ifndef SL_XDR_H
#define SL_XDR_H

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/byteorder.h>

struct sl_xdr {
	const u8 *at;
	const u8 *end;
	bool bad;		/* there was less than was asked for */
};

/* Length with the padding that follows. */
static inline u32 sl_xdr_padded(u32 bytes)
{
	return (bytes + 3) & ~3u;
}

static inline u32 sl_xdr_left(const struct sl_xdr *xdr)
{
	return xdr->end - xdr->at;
}

static inline u32 sl_xdr_u32(struct sl_xdr *xdr)
{
	__be32 value;

	if (unlikely(xdr->end - xdr->at < (long)sizeof(value))) {
		xdr->bad = true;
		xdr->at = xdr->end;
		return 0;
	}
	memcpy(&value, xdr->at, sizeof(value));
	xdr->at += sizeof(value);
	return be32_to_cpu(value);
}

static inline u64 sl_xdr_u64(struct sl_xdr *xdr)
{
	__be64 value;

	if (unlikely(xdr->end - xdr->at < (long)sizeof(value))) {
		xdr->bad = true;
		xdr->at = xdr->end;
		return 0;
	}
	memcpy(&value, xdr->at, sizeof(value));
	xdr->at += sizeof(value);
	return be64_to_cpu(value);
}

/**
 * sl_xdr_bytes() - read bytes whose number is known
 * @xdr: reader
 * @bytes: how many; padding follows
 *
 * Padding has to be there; what is in it nobody cares about.
 *
 * Return: where they are; of no use once the reader is bad.
 */
static inline const u8 *sl_xdr_bytes(struct sl_xdr *xdr, u32 bytes)
{
	const u8 *at = xdr->at;

	if (unlikely(bytes > U32_MAX - 3 ||
		     sl_xdr_padded(bytes) > sl_xdr_left(xdr))) {
		xdr->bad = true;
		xdr->at = xdr->end;
		return at;
	}
	xdr->at += sl_xdr_padded(bytes);
	return at;
}

/**
 * sl_xdr_opaque() - read bytes that say how many they are
 * @xdr: reader
 * @bytes: takes their number; 0 if the reader is bad
 * @bytes_max: more than this is bad
 *
 * Return: where they are.
 */
static inline const u8 *sl_xdr_opaque(struct sl_xdr *xdr, u32 *bytes,
				      u32 bytes_max)
{
	const u8 *at;

	*bytes = sl_xdr_u32(xdr);
	if (unlikely(*bytes > bytes_max))
		xdr->bad = true;
	at = sl_xdr_bytes(xdr, *bytes);
	if (unlikely(xdr->bad))
		*bytes = 0;
	return at;
}

static inline u8 *sl_xdr_put_u32(u8 *at, u32 value)
{
	__be32 wire = cpu_to_be32(value);

	memcpy(at, &wire, sizeof(wire));
	return at + sizeof(wire);
}

static inline u8 *sl_xdr_put_u64(u8 *at, u64 value)
{
	__be64 wire = cpu_to_be64(value);

	memcpy(at, &wire, sizeof(wire));
	return at + sizeof(wire);
}

/* Bytes, and zeros up to a multiple of four. */
static inline u8 *sl_xdr_put_bytes(u8 *at, const void *from, u32 bytes)
{
	/* What is copied next covers as much of this as is not padding. */
	if (bytes & 3)
		memset(at + (bytes & ~3u), 0, 4);
	memcpy(at, from, bytes);
	return at + sl_xdr_padded(bytes);
}

static inline u8 *sl_xdr_put_opaque(u8 *at, const void *from, u32 bytes)
{
	return sl_xdr_put_bytes(sl_xdr_put_u32(at, bytes), from, bytes);
}

#endif /* SL_XDR_H */
