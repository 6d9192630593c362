/* A maker's library for a reader that is not there: the test's own. Its "card"
 * is a file of 16 bytes in memory. How it misbehaves is asked for by data. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <unistd.h>

static int32_t opened, powered;
static uint8_t memory[16];

int32_t dev_open(const char *port, int32_t baud) {
	opened = strcmp(port, "/dev/ttyS3") == 0 && baud == 9600;
	printf("a library that prints\n");
	fflush(stdout);
	return opened ? 0 : -2;
}
int32_t dev_status(int32_t *value) { *value = 1; return opened ? 0 : -2; }
int32_t dev_power_on(uint8_t *out, int32_t *len) {
	static const uint8_t atr[] = {0x3B, 0x68, 0x00, 0x00};
	if (*len < (int32_t)sizeof atr) return -3;
	memcpy(out, atr, sizeof atr);
	*len = sizeof atr;
	powered = 1;
	return 0;
}
int32_t dev_apdu(const uint8_t *data, int32_t n, uint8_t *out, int32_t *len) {
	if (!powered) return -4;
	if (n >= 5 && data[0] == 0xDE) { /* misbehave as told */
		switch (data[1]) {
		case 0xAD: *(volatile int *)0 = 1; break;
		case 0x01: for (;;) pause(); break;
		case 0x02: abort();
		case 0x03: return -77; /* a code that no description lists */
		case 0x04: return -9;
		case 0x05: exit(0);
		}
	}
	memcpy(out, data, n);
	out[n] = 0x90; out[n + 1] = 0x00;
	*len = n + 2;
	return 0;
}
int32_t dev_read(int32_t address, int32_t length, uint8_t *out, int32_t cap) {
	if (address < 0 || length > cap || address + length > (int32_t)sizeof memory) return -1;
	memcpy(out, memory + address, length);
	return length;
}
int32_t dev_write(int32_t address, const uint8_t *data, int32_t n) {
	if (address + n > (int32_t)sizeof memory) return -1;
	memcpy(memory + address, data, n);
	return n;
}
int32_t dev_tracks(char *a, char *b, char *c) {
	strcpy(a, ""); strcpy(b, "6200000000000000=30121010000000000000"); strcpy(c, "");
	return 0;
}
