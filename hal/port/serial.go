package port

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// Port is an open byte stream to a device. Close may be called from any
// goroutine, more than once, and makes a pending Read and Write return.
type Port interface {
	io.ReadWriteCloser
}

// Parity is the parity bit of a serial line.
type Parity string

// The parities. The empty string is ParityNone.
const (
	ParityNone Parity = "none"
	ParityOdd  Parity = "odd"
	ParityEven Parity = "even"
)

// Limits of a serial line's settings.
const (
	// MinBaud and MaxBaud bound Mode.Baud, in bits per second.
	MinBaud = 300
	MaxBaud = 921_600
	// DefaultBaud is used where Mode.Baud is zero.
	DefaultBaud = 9600
)

// Mode is how a serial line is set. The zero value is 9600 8N1. Flow control is
// always off.
type Mode struct {
	Baud     int    // bits per second; 0 = DefaultBaud
	DataBits int    // 7 or 8; 0 = 8
	Parity   Parity // "" = none
	StopBits int    // 1 or 2; 0 = 1
	RS485    RS485  // direction of a half-duplex line
}

// String writes the mode as technicians do: "9600 8N1", "2400 8E1 RS-485".
func (m Mode) String() string {
	m = m.filled()
	letter := map[Parity]string{ParityNone: "N", ParityOdd: "O", ParityEven: "E"}[m.Parity]
	if letter == "" {
		letter = "?"
	}
	s := fmt.Sprintf("%d %d%s%d", m.Baud, m.DataBits, letter, m.StopBits)
	if m.RS485.On {
		s += " RS-485"
	}
	return s
}

// Check reports the first field that no serial line can have.
func (m Mode) Check() error {
	m = m.filled()
	switch {
	case m.Baud < MinBaud || m.Baud > MaxBaud:
		return fmt.Errorf("baud: %d is not within %d to %d", m.Baud, MinBaud, MaxBaud)
	case m.DataBits != 7 && m.DataBits != 8:
		return fmt.Errorf("data bits: %d is neither 7 nor 8", m.DataBits)
	case m.StopBits != 1 && m.StopBits != 2:
		return fmt.Errorf("stop bits: %d is neither 1 nor 2", m.StopBits)
	case m.Parity != ParityNone && m.Parity != ParityOdd && m.Parity != ParityEven:
		return fmt.Errorf("parity: %q is none of none, odd, even", string(m.Parity))
	}
	return m.RS485.check()
}

func (m Mode) filled() Mode {
	if m.Baud == 0 {
		m.Baud = DefaultBaud
	}
	if m.DataBits == 0 {
		m.DataBits = 8
	}
	if m.Parity == "" {
		m.Parity = ParityNone
	}
	if m.StopBits == 0 {
		m.StopBits = 1
	}
	return m
}

func (m Mode) library() *serial.Mode {
	m = m.filled()
	out := &serial.Mode{BaudRate: m.Baud, DataBits: m.DataBits}
	switch m.Parity {
	case ParityOdd:
		out.Parity = serial.OddParity
	case ParityEven:
		out.Parity = serial.EvenParity
	}
	if m.StopBits == 2 {
		out.StopBits = serial.TwoStopBits
	}
	return out
}

// OpenSerial opens the serial line or pseudo terminal at path, sets mode and
// throws away what was received before. Errors name the path; one wraps ErrNoRS485
// where the mode asks for RS-485 and the line's driver lacks it. The line is taken
// exclusively (a second open fails, except for root).
//
// The library sets the line; the bytes go through a file of our own, because
// the library's Write can reach a file descriptor that was closed and given to
// someone else meanwhile, and because a file in the runtime's poller blocks no
// thread and is unblocked by Close in both directions.
func OpenSerial(path string, mode Mode) (Port, error) {
	if err := mode.Check(); err != nil {
		return nil, fmt.Errorf("cannot open serial port %s: %w", path, err)
	}

	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		var pe *os.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return nil, fmt.Errorf("cannot open serial port %s: %w", path, err)
	}

	err = setLine(f, path, mode)
	if err == nil {
		err = mode.RS485.set(rs485On(f))
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("cannot open serial port %s: %w", path, err)
	}
	return &line{file: f}, nil
}

// setLine configures the line that f has open. The settings belong to the line,
// not to the descriptor, so they outlive the library's own one.
func setLine(f *os.File, path string, mode Mode) error {
	lib, err := serial.Open(path, mode.library())
	if err != nil {
		return fmt.Errorf("%s: %w", mode, err)
	}
	err = lib.ResetInputBuffer()
	if cerr := lib.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return control(f, func(fd uintptr) error { return unix.IoctlSetInt(int(fd), unix.TIOCEXCL, 0) })
}

// control runs an ioctl without taking f out of the poller (as Fd would).
func control(f *os.File, do func(fd uintptr) error) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	if err := raw.Control(func(fd uintptr) { inner = do(fd) }); err != nil {
		return err
	}
	return inner
}

// line is an open serial line.
type line struct {
	file *os.File
	once sync.Once
	err  error
}

func (l *line) Read(p []byte) (int, error)  { return l.file.Read(p) }
func (l *line) Write(p []byte) (int, error) { return l.file.Write(p) }

// Close gives the line back. A second call returns what the first did.
func (l *line) Close() error {
	l.once.Do(func() {
		_ = control(l.file, func(fd uintptr) error { return unix.IoctlSetInt(int(fd), unix.TIOCNXCL, 0) })
		l.err = l.file.Close()
	})
	return l.err
}
