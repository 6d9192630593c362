package escpossim

import "bytes"

const (
	escByte = 0x1b
	fsByte  = 0x1c
	gsByte  = 0x1d
)

// length is how many bytes of the buffer the command or character at its
// beginning takes, 0 while it is incomplete. A command that can never become
// complete, because the buffer is full, loses its first byte.
func (d *Device) length() int {
	n := commandLength(d.buffer, d.mode.kanji)
	if n > 0 && n <= len(d.buffer) {
		return n
	}
	if len(d.buffer) >= d.cfg.BufferBytes {
		return 1
	}
	return 0
}

// commandLength is the length of the command at the beginning of b, which may
// exceed len(b), or 0 if more bytes are needed to know.
func commandLength(b []byte, kanji bool) int {
	switch c := b[0]; {
	case c == escByte:
		return escLength(b)
	case c == fsByte:
		return tableLength(b, fsArguments)
	case c == gsByte:
		return gsLength(b)
	case kanji && c >= 0x81 && c <= 0xFE:
		return kanjiLength(b)
	}
	return 1
}

// kanjiLength is 2 or 4 for a GB18030 character, 1 for a broken one.
func kanjiLength(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch t := b[1]; {
	case t >= 0x40 && t <= 0xFE && t != 0x7F:
		return 2
	case t >= 0x30 && t <= 0x39:
		return 4
	}
	return 1
}

// arguments is how many bytes follow the two of a command.
type arguments func(c byte) int

func tableLength(b []byte, args arguments) int {
	if len(b) < 2 {
		return 0
	}
	return 2 + args(b[1])
}

func fsArguments(c byte) int {
	switch c {
	case '&', '.':
		return 0
	case 'S', 'q', 'p':
		return 2
	}
	return 1 // FS ! - C W
}

func escArguments(c byte) int {
	switch c {
	case '@', '2', 'i', 'm', 'S', 'L', 0x0c:
		return 0
	case '$', '\\', 'c':
		return 2
	case 'p':
		return 3
	case 'W':
		return 8
	}
	return 1 // ! E G - a d e J 3 t R M SP { V r T = ?
}

func gsArguments(c byte) int {
	switch c {
	case ':':
		return 0
	case 'L', 'W', 'P', '$', '\\':
		return 2
	}
	return 1 // ! B H h w f r a I T b E
}

func escLength(b []byte) int {
	if len(b) < 2 {
		return 0
	}

	switch b[1] {
	case 'D': // tab stops, ended by NUL
		if i := bytes.IndexByte(b[2:], 0); i >= 0 {
			return 3 + i
		}
		if len(b) > 2+32 {
			return 2
		}
		return 0
	case '*': // m nL nH data
		if len(b) < 5 {
			return 0
		}
		rows := 1
		if b[2] >= 32 {
			rows = 3
		}
		return 5 + rows*(int(b[3])|int(b[4])<<8)
	}

	return 2 + escArguments(b[1])
}

func gsLength(b []byte) int {
	if len(b) < 2 {
		return 0
	}

	switch b[1] {
	case '(': // fn pL pH data
		if len(b) < 5 {
			return 0
		}
		return 5 + (int(b[3]) | int(b[4])<<8)
	case 'v': // 0 m xL xH yL yH data
		if len(b) < 8 {
			return 0
		}
		return 8 + (int(b[4])|int(b[5])<<8)*(int(b[6])|int(b[7])<<8)
	case 'V':
		if len(b) < 3 {
			return 0
		}
		if b[2] >= 65 {
			return 4
		}
		return 3
	case 'k':
		return barcodeLength(b)
	case 'e': // n, and m after 3
		if len(b) < 3 {
			return 0
		}
		if b[2] == 3 {
			return 4
		}
		return 3
	}

	return 2 + gsArguments(b[1])
}

func barcodeLength(b []byte) int {
	if len(b) < 4 {
		return 0
	}
	if b[2] >= 65 {
		return 4 + int(b[3])
	}
	if i := bytes.IndexByte(b[3:], 0); i >= 0 {
		return 4 + i
	}
	return 0
}
