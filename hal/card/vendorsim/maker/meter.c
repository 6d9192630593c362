/* A maker's library that works meter cards, for tests and the lab. It has no card; each call
 * is a line to a socket, "function\targument\t…\n", and the answer is "code\ttext\t…\n". How
 * it misbehaves is the answer's first word. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static FILE *line;

int32_t EP_Open(const char *path) {
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	strncpy(to.sun_path, path, sizeof to.sun_path - 1);
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof to) != 0) return 1000;
	line = fdopen(s, "r+");
	return line ? 0 : 1000;
}

/* call sends a function with n arguments, then takes texts for outs pointers. */
static int32_t call(const char *function, int n, int outs, ...) {
	char answer[8192];
	va_list a;
	va_start(a, outs);
	fprintf(line, "%s", function);
	for (int i = 0; i < n; i++) fprintf(line, "\t%s", va_arg(a, const char *));
	fprintf(line, "\n");
	fflush(line);
	if (!fgets(answer, sizeof answer, line)) return 1000;
	answer[strcspn(answer, "\n")] = 0;

	if (strcmp(answer, "crash") == 0) *(volatile int *)0 = 1;
	if (strcmp(answer, "abort") == 0) abort();
	if (strcmp(answer, "exit") == 0) exit(0);
	if (strcmp(answer, "hang") == 0) for (;;) pause();
	if (strcmp(answer, "overrun") == 0) { /* tramples whatever follows its buffers */
		for (int i = 0; i < outs; i++) memset(va_arg(a, char *), 'A', 1 << 20);
		return 0;
	}

	int endless = strcmp(answer, "endless") == 0;
	char *rest = answer, *code = strsep(&rest, "\t");
	for (int i = 0; i < outs; i++) {
		char *out = va_arg(a, char *), *text = strsep(&rest, "\t");
		if (endless) memset(out, 'A', 1024);
		else strcpy(out, text ? text : "");
	}
	va_end(a);
	return endless ? 0 : atoi(code);
}

int32_t EP_Status(int32_t *value) {
	char place[1024] = "";
	int32_t code = call("EP_Status", 0, 1, place);
	*value = atoi(place);
	return code;
}
int32_t EP_Accept(void) { return call("EP_Accept", 0, 0); }
int32_t EP_Refuse(void) { return call("EP_Refuse", 0, 0); }
int32_t EP_Eject(void) { return call("EP_Eject", 0, 0); }
int32_t EP_Capture(void) { return call("EP_Capture", 0, 0); }
int32_t EP_ReadCardNum(char *serial) { return call("EP_ReadCardNum", 0, 1, serial); }
int32_t EP_ReadUserInfo(const char *serial, char *param, char *purse, char *returned) {
	return call("EP_ReadUserInfo", 1, 3, serial, param, purse, returned);
}
int32_t EP_ReadCard(char *a, char *b, char *c, char *d, char *e, char *f, char *g, char *h, char *i) {
	return call("EP_ReadCard", 0, 9, a, b, c, d, e, f, g, h, i);
}
int32_t EP_WriteUserInfo(const char *flag, const char *division, const char *serial, const char *purse) {
	return call("EP_WriteUserInfo", 4, 0, flag, division, serial, purse);
}
int32_t EP_WritePurse(const char *serial, const char *purse) { return call("EP_WritePurse", 2, 0, serial, purse); }
