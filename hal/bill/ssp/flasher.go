package ssp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"wattkiosk/boards/ground/backoff"
)

// ErrNoReply says that the device said nothing in time.
var ErrNoReply = errors.New("the device does not answer")

// sspBaud is the speed of all but programming.
const sspBaud = 9600

// ackByte is the RAM block's word of assent.
const ackByte = 0x32

// programRAM is the programming that begins with a RAM block.
const programRAM = 0x03

// GiveUp is how long a device that waits for bytes of a flash is left alone, so that it
// gives up and hears commands again.
const GiveUp = 12 * time.Second

// Times are the waits of a Flasher. Zero fields take the defaults named below. The
// time that bytes need on the line comes on top.
type Times struct {
	Reply   time.Duration // to a command; 1 s
	Switch  time.Duration // from the header to the RAM block, for the speed to change; 500 ms
	RAM     time.Duration // from the RAM block until it runs; 2.5 s
	Check   time.Duration // to a block; 5 s
	Restart time.Duration // from the last block to an answer of the new firmware; 1 min
	Quiet   time.Duration // after a flash that failed; GiveUp
}

func (t Times) withDefaults() Times {
	for _, f := range []struct {
		v *time.Duration
		d time.Duration
	}{
		{&t.Reply, time.Second},
		{&t.Switch, 500 * time.Millisecond},
		{&t.RAM, 2500 * time.Millisecond},
		{&t.Check, 5 * time.Second},
		{&t.Restart, time.Minute},
		{&t.Quiet, GiveUp},
	} {
		if *f.v <= 0 {
			*f.v = f.d
		}
	}
	return t
}

// Flasher writes firmware into one validator. It has the line to itself: no Driver
// runs meanwhile, and before it begins no note may be in the path and no report
// unconfirmed (Driver.Settled), for it ends the device's memory of its last reply.
// It blocks, and is not safe for concurrent use.
type Flasher struct {
	// Open opens the device's line at a speed in bits per second. What it returns is
	// closed before it is called again; Close must make Read and Write return.
	Open    func(ctx context.Context, baud int) (io.ReadWriteCloser, error)
	Address byte // 0 for a note validator
	Times   Times
}

// Identify asks the device for its firmware. ErrNoReply is wrapped if it is silent.
func (f *Flasher) Identify(ctx context.Context) (Identity, error) {
	t, err := f.talk(ctx)
	if err != nil {
		return Identity{}, err
	}
	defer t.close()
	return t.identify()
}

// Restarted waits for the device to run again after Program, and says what it is
// then. One that stays in its loader is told as such.
func (f *Flasher) Restarted(ctx context.Context) (Identity, error) {
	ctx, cancel := context.WithTimeout(ctx, f.Times.withDefaults().Restart)
	defer cancel()
	var last Identity
	for {
		now, err := f.Identify(ctx)
		switch {
		case err == nil && !now.Loader:
			return now, nil
		case err == nil:
			last = now
		}
		if ctx.Err() != nil && last.Loader {
			return last, nil
		}
		if ctx.Err() != nil {
			return Identity{}, fmt.Errorf("%w after the last block: %w", ErrNoReply, err)
		}
		_ = backoff.Pause(ctx, f.Times.withDefaults().Reply)
	}
}

// talk is an exchange of frames over an open line.
type talk struct {
	*stream
	dec   Decoder
	times Times
	seq   byte // of the next new command
}

func (f *Flasher) talk(ctx context.Context) (*talk, error) {
	s, err := openStream(ctx, f.Open, sspBaud)
	if err != nil {
		return nil, err
	}
	return &talk{stream: s, dec: Decoder{Address: f.Address}, times: f.Times.withDefaults()}, nil
}

// asks is how often a command is sent that a device may hear twice.
const asks = 3

// sync begins the exchange: the next new command has the sequence bit 0.
func (t *talk) sync() error {
	t.seq = SeqBit
	reply, err := t.ask(asks, CmdSync)
	if err == nil && reply[0] != ReplyOK {
		err = fmt.Errorf("it refuses SYNC with %02X", reply[0])
	}
	t.seq = 0
	return err
}

// ask sends a command at most n times, always with the same sequence bit, and
// returns the reply with its generic code, never empty.
func (t *talk) ask(n int, data ...byte) ([]byte, error) {
	bit := t.seq
	t.seq ^= SeqBit
	frame, err := AppendFrame(nil, t.dec.Address|bit, data)
	if err != nil {
		return nil, err
	}
	for range n {
		t.dec.Reset()
		if err := t.write(frame); err != nil {
			return nil, err
		}
		reply, err := t.reply(bit)
		if !errors.Is(err, ErrNoReply) {
			return reply, err
		}
	}
	return nil, fmt.Errorf("%w to command %02X", ErrNoReply, data[0])
}

// reply waits for a frame with the sequence bit of the command.
func (t *talk) reply(bit byte) ([]byte, error) {
	deadline := time.Now().Add(t.times.Reply + t.took(maxBody))
	for {
		rx, err := t.read(time.Until(deadline))
		if err != nil {
			return nil, err
		}
		for len(rx) > 0 {
			rest, seq, data, ok := t.dec.Next(rx)
			if rx = rest; ok && seq == bit {
				return append([]byte(nil), data...), nil
			}
		}
	}
}

func (t *talk) identify() (Identity, error) {
	if err := t.sync(); err != nil {
		return Identity{}, err
	}
	reply, err := t.ask(asks, CmdFirmware)
	switch {
	case err != nil:
		return Identity{}, err
	case reply[0] == ReplySoftware:
		return Identity{Loader: true}, nil
	case reply[0] != ReplyOK:
		return Identity{}, fmt.Errorf("it does not name its firmware: %02X", reply[0])
	}
	return ParseIdentity(reply[1:])
}
