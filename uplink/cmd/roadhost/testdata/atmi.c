/*
 * A double of an ATMI client library, for tests: the calls of a workstation client over
 * TCP to the address in WSNADDR ("//127.0.0.1:7001"), buffers STRING, CARRAY and FML32, and
 * faults. A call goes out as
 *
 *   4 bytes  length of what follows, little-endian, as all numbers
 *   4 bytes  number of the call
 *   32 bytes service, 8 bytes buffer type, both padded with zeros
 *   the rest the data: of an FML32, for each field its id, its length (4 bytes each), and
 *            its value as a string without an end
 *
 * and is answered by 4 bytes of length, 4 of the call's number (a reply to a call before it is
 * dropped, as a reply to an old call descriptor is), 4 bytes of tperrno, 4 bytes of tpurcode, 8 bytes of
 * buffer type, and data.
 *
 * The file that ATMI_FAULT names holds one fault, "PHASE KIND [NUMBER]", which is taken once:
 * PHASE is init, before (it was sent) or after (it was answered).
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define LIMIT (256 * 1024)

static __thread int tperrno;
static __thread long tpurcode;
static __thread int sock = -1; /* the context is the thread's */

int *_tmget_tperrno_addr(void) { return &tperrno; }
long *_tmget_tpurcode_addr(void) { return &tpurcode; }

static int fail(int e) {
	tperrno = e;
	return -1;
}

/* Typed buffers: a header before what the caller sees. */
struct head {
	uint32_t magic;
	char type[8];
	long size, used;
};
#define MAGIC 0x41544d49u

static struct head *head(char *p) {
	struct head *h = (struct head *)p - 1;
	return h->magic == MAGIC ? h : NULL;
}

char *tpalloc(char *type, char *subtype, long size) {
	struct head *h;
	(void)subtype;
	if (strcmp(type, "STRING") && strcmp(type, "CARRAY") && strcmp(type, "FML32")) {
		tperrno = 6;
		return NULL;
	}
	h = calloc(1, sizeof *h + size);
	h->magic = MAGIC;
	strncpy(h->type, type, sizeof h->type);
	h->size = size;
	return (char *)(h + 1);
}

void tpfree(char *p) {
	struct head *h = head(p);
	if (!h)
		abort();
	h->magic = 0;
	free(h);
}

long tptypes(char *p, char *type, char *subtype) {
	struct head *h = head(p);
	if (!h)
		return fail(4);
	memcpy(type, h->type, 8);
	memset(subtype, 0, 16);
	return h->size;
}

/* FML32: fields of type long (1) and string (5), as id, length, value with its end. */
static struct { char name[64]; uint32_t id; } table[256];
static int fields;

static void read_table(void) {
	char path[512], line[256], name[64], type[16];
	int number;
	FILE *f;
	if (fields || !getenv("FLDTBLDIR32") || !getenv("FIELDTBLS32"))
		return;
	snprintf(path, sizeof path, "%s/%s", getenv("FLDTBLDIR32"), getenv("FIELDTBLS32"));
	if (!(f = fopen(path, "r")))
		return;
	while (fgets(line, sizeof line, f) && fields < 256)
		if (sscanf(line, "%63s %d %15s", name, &number, type) == 3) {
			strcpy(table[fields].name, name);
			table[fields++].id = ((strcmp(type, "long") ? 5u : 1u) << 25) | (uint32_t)number;
		}
	fclose(f);
}

uint32_t Fldid32(char *name) {
	read_table();
	for (int i = 0; i < fields; i++)
		if (!strcmp(table[i].name, name))
			return table[i].id;
	return 0;
}

static char *find(char *p, uint32_t id, int32_t oc, int32_t *count) {
	struct head *h = head(p);
	for (long at = 0; h && at < h->used;) {
		uint32_t got, len;
		memcpy(&got, p + at, 4);
		memcpy(&len, p + at + 4, 4);
		if (got == id && (*count)++ == oc)
			return p + at;
		at += 8 + len;
	}
	return NULL;
}

int32_t Foccur32(char *p, uint32_t id) {
	int32_t n = 0;
	if (!head(p) || strncmp(head(p)->type, "FML32", 8))
		return -1;
	find(p, id, -1, &n);
	return n;
}

int32_t CFadd32(char *p, uint32_t id, char *value, uint32_t len, int32_t type) {
	struct head *h = head(p);
	uint32_t n = strlen(value);
	char number[32];
	(void)len;
	if (!h || type != 5 || id == 0)
		return -1;
	if (id >> 25 == 1) { /* a long loses what is no digit and leading zeros */
		n = snprintf(number, sizeof number, "%ld", atol(value));
		value = number;
	}
	if (h->used + 8 + n > h->size)
		return -1;
	memcpy(p + h->used, &id, 4);
	memcpy(p + h->used + 4, &n, 4);
	memcpy(p + h->used + 8, value, n);
	h->used += 8 + n;
	return 0;
}

int32_t CFget32(char *p, uint32_t id, int32_t oc, char *to, uint32_t *max, int32_t type) {
	int32_t n = 0;
	uint32_t len;
	char *f = find(p, id, oc, &n);
	if (!f || type != 5)
		return -1;
	memcpy(&len, f + 4, 4);
	if (len + 1 > *max)
		return -1;
	memcpy(to, f + 8, len);
	to[len] = 0;
	*max = len + 1;
	return 0;
}

/* Faults. */
static int fault(const char *phase, char *kind, int *number) {
	char got[16], line[64] = "";
	const char *path = getenv("ATMI_FAULT");
	FILE *f = path ? fopen(path, "r") : NULL;
	*number = 0;
	if (!f)
		return 0;
	if (!fgets(line, sizeof line, f))
		line[0] = 0;
	fclose(f);
	if (sscanf(line, "%15s %15s %d", got, kind, number) < 2 || strcmp(got, phase))
		return 0;
	unlink(path);
	return 1;
}

/* misbehave returns 0 if the fault is one of the reply's. */
static int misbehave(const char *kind, int number) {
	if (!strcmp(kind, "errno"))
		return fail(number);
	if (!strcmp(kind, "hang"))
		for (;;)
			pause();
	if (!strcmp(kind, "segv"))
		*(volatile int *)8 = 1;
	if (!strcmp(kind, "abort"))
		abort();
	if (!strcmp(kind, "exit"))
		_exit(0);
	return 0;
}

int tpinit(void *info) {
	struct sockaddr_in to = {.sin_family = AF_INET};
	char kind[16], host[64];
	int number, port;
	(void)info;
	if (fault("init", kind, &number) && misbehave(kind, number) < 0)
		return -1;
	if (!getenv("WSNADDR") || sscanf(getenv("WSNADDR"), "//%63[0-9.]:%d", host, &port) != 2)
		return fail(4);
	to.sin_port = htons(port);
	inet_pton(AF_INET, host, &to.sin_addr);
	sock = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(sock, (struct sockaddr *)&to, sizeof to) < 0) {
		close(sock);
		sock = -1;
		return fail(12);
	}
	return 0;
}

int tpterm(void) {
	if (sock >= 0)
		close(sock);
	sock = -1;
	return 0;
}

static int all(int out, char *b, long n) {
	while (n > 0) {
		long k = out ? send(sock, b, n, MSG_NOSIGNAL) : recv(sock, b, n, 0);
		if (k <= 0)
			return -1;
		b += k;
		n -= k;
	}
	return 0;
}

int tpcall(char *service, char *in, long inlen, char **out, long *outlen, long flags) {
	static char frame[LIMIT];
	static uint32_t sent;
	uint32_t answered;
	struct head *h = head(in), *o = head(*out);
	char kind[16], type[9] = "";
	int number;
	uint32_t n;
	int32_t e, u;
	tperrno = 0;
	tpurcode = 0;
	if (sock < 0)
		return fail(9); /* another thread's context */
	if (!h || !o || flags != 0xa)
		return fail(4);
	if (fault("before", kind, &number) && misbehave(kind, number) < 0)
		return -1;

	if (!strncmp(h->type, "STRING", 8))
		inlen = strlen(in);
	if (!strncmp(h->type, "FML32", 8))
		inlen = h->used;
	memset(frame, 0, 48);
	n = 44 + inlen;
	sent++;
	memcpy(frame, &n, 4);
	memcpy(frame + 4, &sent, 4);
	strncpy(frame + 8, service, 32);
	memcpy(frame + 40, h->type, 8);
	memcpy(frame + 48, in, inlen);
	if (all(1, frame, 4 + n) < 0)
		return fail(12);
	do {
		if (all(0, frame, 8) < 0)
			return fail(12);
		memcpy(&n, frame, 4);
		memcpy(&answered, frame + 4, 4);
		n -= 4;
		if (n < 16 || n > LIMIT || all(0, frame, n) < 0)
			return fail(12);
	} while (answered != sent);
	memcpy(&e, frame, 4);
	memcpy(&u, frame + 4, 4);
	memcpy(type, frame + 8, 8);
	n -= 16;

	int reply = fault("after", kind, &number);
	if (reply && misbehave(kind, number) < 0)
		return -1;
	if (n + 1 > o->size || (reply && !strcmp(kind, "moved"))) { /* the old buffer is gone */
		char *bigger = tpalloc(o->type, NULL, n + 4096);
		memset(*out, 0xdb, o->size);
		tpfree(*out);
		*out = bigger;
		o = head(bigger);
	}
	memcpy(o->type, type, 8);
	memcpy(*out, frame + 16, n);
	(*out)[n] = 0;
	o->used = n;
	*outlen = n;
	if (reply && !strcmp(kind, "garbage"))
		for (uint32_t i = 0; i < n; i++)
			(*out)[i] = (char)(i * 37 + 11);
	if (reply && !strcmp(kind, "nothing"))
		*outlen = 0;
	if (reply && !strcmp(kind, "null"))
		*out = NULL;
	if (reply && !strcmp(kind, "length"))
		*outlen = number ? number : 1L << 30;
	if (reply && !strcmp(kind, "type"))
		memcpy(o->type, "VIEW32\0\0", 8);
	if (reply && !strcmp(kind, "pointer"))
		*out = frame + 64;
	tpurcode = u;
	if (reply && !strcmp(kind, "fail"))
		return fail(11);
	return e ? fail(e) : 0;
}
