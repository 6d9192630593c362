package ssp

import (
	"context"
	"errors"
	"fmt"

	"wattkiosk/boards/ground/backoff"
)

// ErrRefused says that the device does not take this file: it said so at the header,
// and nothing was erased.
var ErrRefused = errors.New("the device refuses the file")

// Program writes a file into the device: in the words of the package comment, from
// SYNC to the check of the last block. It may be called again after it was cut at any
// byte, and begins again. Progress is told the bytes of the file that the device has
// acknowledged. Restarted waits for the new firmware.
//
// ErrFile is wrapped if the file is not for the device by what it says of itself, and
// ErrRefused if the device says so; it is then as it was. After any other error it
// may be in its loader; it is left alone for Times.Quiet then.
func (f *Flasher) Program(ctx context.Context, file *File, progress func(done int)) error {
	block, err := f.offer(ctx, file)
	if err != nil {
		return fmt.Errorf("cannot begin to program: %w", err)
	}
	times := f.Times.withDefaults()
	if err := f.write(ctx, file, block, times, progress); err != nil {
		_ = backoff.Pause(ctx, times.Quiet)
		return err
	}
	return nil
}

// write is all that is sent raw.
func (f *Flasher) write(ctx context.Context, file *File, block int, times Times, progress func(done int)) error {
	if err := f.load(ctx, file, times); err != nil {
		return fmt.Errorf("cannot load the RAM block: %w", err)
	}
	progress(HeaderSize + file.ram)
	_ = backoff.Pause(ctx, times.RAM)
	if err := f.flash(ctx, file, block, times, progress); err != nil {
		return fmt.Errorf("cannot flash: %w", err)
	}
	return nil
}

// offer has the device take the header, and returns the length of its blocks. The
// header is sent once: a device that took it hears raw bytes from then on.
func (f *Flasher) offer(ctx context.Context, file *File) (block int, err error) {
	t, err := f.talk(ctx)
	if err != nil {
		return 0, err
	}
	defer t.close()
	now, err := t.identify()
	if err != nil {
		return 0, err
	}
	if !now.Loader {
		if err := file.Fits(now.Model); err != nil {
			return 0, err
		}
	}
	reply, err := t.ask(asks, CmdProgram, programRAM)
	switch {
	case err != nil:
		return 0, err
	case reply[0] != ReplyOK || len(reply) < 3:
		return 0, fmt.Errorf("it answers % X to PROGRAM", reply)
	}
	block = int(reply[1]) | int(reply[2])<<8
	if err := file.fitsBlock(block); err != nil {
		return 0, err
	}
	reply, err = t.ask(1, file.Header()...)
	switch {
	case err != nil: // it may have taken it
		_ = backoff.Pause(ctx, t.times.Quiet)
		return 0, err
	case reply[0] == ReplyHeader:
		return 0, ErrRefused
	case reply[0] != ReplyOK:
		return 0, fmt.Errorf("it answers % X to the header", reply)
	}
	return block, nil
}

// load sends the RAM block; the device answers with its XOR.
func (f *Flasher) load(ctx context.Context, file *File, times Times) error {
	s, err := openStream(ctx, f.Open, file.baud)
	if err != nil {
		return err
	}
	defer s.close()
	_ = backoff.Pause(ctx, times.Switch)
	if err := s.drain(); err != nil {
		return err
	}
	return s.sendFor(file.RAM(), 0, xor(file.RAM()), times)
}

// flash talks with the RAM block: its code, the header again, and the data.
func (f *Flasher) flash(ctx context.Context, file *File, block int, times Times, progress func(done int)) error {
	s, err := openStream(ctx, f.Open, file.baud)
	if err != nil {
		return err
	}
	defer s.close()
	if err := s.drain(); err != nil {
		return err
	}
	if err := s.sendFor([]byte{file.code()}, 0, ackByte, times); err != nil {
		return fmt.Errorf("at the code: %w", err)
	}
	if err := s.sendFor(file.Header(), 0, ackByte, times); err != nil {
		return fmt.Errorf("at the header: %w", err)
	}
	done := HeaderSize + file.ram
	for data := file.Data(); len(data) > 0; {
		part := data[:min(block, len(data))]
		check := xor(part)
		if err := s.write(part); err != nil {
			return err
		}
		if err := s.sendFor([]byte{check}, len(part), check, times); err != nil {
			return fmt.Errorf("after byte %d: %w", done, err)
		}
		data = data[len(part):]
		done += len(part)
		progress(done)
	}
	return nil
}

// sendFor sends bytes and waits for the one byte that must come back. Before says how
// many bytes may still be on the line.
func (s *stream) sendFor(b []byte, before int, want byte, times Times) error {
	if err := s.write(b); err != nil {
		return err
	}
	got, err := s.readByte(times.Check + s.took(before+len(b)))
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("it answers %02X, not %02X", got, want)
	}
	return nil
}
