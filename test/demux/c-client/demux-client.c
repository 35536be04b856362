/*
 * A client of the demux sockets as a C program writes one. It registers for a type, sends each frame when the one before
 * has been answered, prints each answer as hex, and "closed" when the daemon ends the connection.
 *
 *   demux-client [-u UID | -U UID] NAME TYPE [FRAME...]     NAME without the leading NUL, TYPE and FRAME in hex
 *
 * -u becomes another user before it connects, -U afterwards.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LONGEST (1 + 65536)

static int fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	return 1;
}

static size_t from_hex(const char *text, unsigned char *bytes)
{
	size_t length = 0;
	for (; text[0] != '\0' && text[1] != '\0'; text += 2) {
		const char pair[3] = { text[0], text[1], '\0' };
		bytes[length++] = (unsigned char)strtoul(pair, NULL, 16);
	}
	return length;
}

static int become(const char *user)
{
	const uid_t uid = (uid_t)strtoul(user, NULL, 10);
	return setgid((gid_t)uid) != 0 || setuid(uid) != 0;
}

/* The address ends with the last byte of the name: another length is another name. */
static int connect_to(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const size_t length = strlen(name);
	const int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	if (fd < 0 || length + 1 > sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path + 1, name, length);
	if (connect(fd, (struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)) != 0)
		return -1;
	return fd;
}

/* 1 for a frame, 0 at the end. */
static int print_answer(int fd)
{
	static unsigned char buffer[LONGEST];
	const ssize_t length = recv(fd, buffer, sizeof(buffer), 0);
	if (length <= 0) {
		printf("closed\n");
		return 0;
	}
	for (ssize_t i = 0; i < length; i++)
		printf("%02x", buffer[i]);
	printf("\n");
	fflush(stdout);
	return 1;
}

int main(int argc, char **argv)
{
	static unsigned char buffer[LONGEST];
	const int early = argc > 2 && strcmp(argv[1], "-u") == 0;
	const int late = argc > 2 && strcmp(argv[1], "-U") == 0;
	const int at = early || late ? 3 : 1;
	if (argc < at + 2)
		return 2;
	if (early && become(argv[2]) != 0)
		return fail("setuid");
	const int fd = connect_to(argv[at]);
	if (fd < 0)
		return fail("connect");
	if (late && become(argv[2]) != 0)
		return fail("setuid");
	if (send(fd, buffer, from_hex(argv[at + 1], buffer), MSG_NOSIGNAL) < 0 && errno != EPIPE)
		return fail("register");
	for (int each = at + 2; each < argc; each++) {
		const size_t length = from_hex(argv[each], buffer);
		if (send(fd, buffer, length, MSG_NOSIGNAL) < 0 && errno != EPIPE)
			return fail("send");
		if (!print_answer(fd))
			return 0;
	}
	/* Nothing to say: wait for what comes, to the end. */
	while (argc == at + 2 && print_answer(fd))
		;
	close(fd);
	return 0;
}
