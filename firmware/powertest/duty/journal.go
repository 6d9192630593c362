package duty

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
)

const (
	kioskName  = "10000001"
	ackKey     = "acknowledged" // what Acknowledge was called with
	filler     = "filler"       // takes the space on the disk
	headerSize = 9              // of a payload: writer, number
)

// journalDuty keeps a journal: it owes each record that Append returned, by number
// and hash, what it acknowledged, and that state and records are of one commit.
func journalDuty(ctx context.Context, j *Job) error {
	if err := os.RemoveAll(filepath.Join(j.Dir, filler)); err != nil {
		return err
	}
	o := j.journalOptions()
	if j.Seed%5 == 0 {
		if err := j.lookAt(ctx, o); err != nil {
			return err
		}
	}
	jr, err := journal.Open(o)
	if err != nil {
		return err
	}
	last, err := j.checkJournal(ctx, jr)
	if err != nil {
		return err
	}
	if j.Check {
		return jr.Close()
	}

	if j.Fill >= 0 {
		time.AfterFunc(time.Duration(j.Seed%300)*time.Millisecond, j.fill)
	}
	if j.Upkeep {
		go j.upkeep(jr)
	}
	if err := j.appendAll(jr, last); err != nil {
		return err
	}
	if err := jr.Close(); err != nil {
		return err
	}
	j.say(Note, "closed")
	_, _ = io.Copy(io.Discard, os.Stdin) // until the cut
	return nil
}

func (j *Job) journalOptions() journal.Options {
	o := journal.Options{
		Dir: filepath.Join(j.Dir, "journal"), Kiosk: kioskName, Clock: time.Now, Retention: time.Millisecond,
		Trust:  func() record.Trust { return record.Synchronised },
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})), Scratch: j.Scratch,
	}
	if j.Encrypted {
		o.Key = bytes.Repeat([]byte{0x5a}, 32)
	}
	return o
}

// lookAt does what kioskctl does with a stopped kiosk's journal.
func (j *Job) lookAt(ctx context.Context, o journal.Options) error {
	if _, err := os.Stat(o.Dir); err != nil {
		return nil // it is not there yet
	}
	jr, err := journal.OpenReadOnly(o)
	if err == nil {
		_, err = jr.Verify(ctx)
		err = errors.Join(err, jr.Close())
	}
	if err != nil && len(j.Owed) > 0 {
		return j.lost("cannot be read while it is stopped: %v", err)
	}
	return nil
}

// checkJournal compares a journal with what is owed, and returns the number of each
// writer's last record.
func (j *Job) checkJournal(ctx context.Context, jr *journal.Journal) (map[byte]uint64, error) {
	if _, err := jr.Verify(ctx); err != nil {
		return nil, j.lost("it does not verify: %v", err)
	}
	last := map[byte]uint64{}
	found := 0
	err := jr.Each(jr.First(), func(r record.Record) error {
		_, sum, err := r.Sum()
		if err != nil {
			return err
		}
		if hash, ok := j.Owed[strconv.FormatUint(r.Seq, 10)]; ok {
			if hash != sum.String() {
				return fmt.Errorf("record %d has hash %s, acknowledged was %s", r.Seq, sum, hash)
			}
			found++
		}
		if len(r.Payload) >= headerSize {
			last[r.Payload[0]] = binary.BigEndian.Uint64(r.Payload[1:])
		}
		return nil
	})
	if err != nil {
		return nil, j.lost("%v", err)
	}
	if err := j.checkEnds(jr, found); err != nil {
		return nil, err
	}
	for w, n := range last {
		b, err := jr.State(stateName(w))
		if err != nil || len(b) != 8 || binary.BigEndian.Uint64(b) != n {
			return nil, j.lost("the state of writer %d is %x (%v), its last record has %d", w, b, err, n)
		}
	}
	j.say(Verified, "%d", found)
	return last, nil
}

// checkEnds: nothing is missing that was not trimmed, and what was trimmed had been
// acknowledged.
func (j *Job) checkEnds(jr *journal.Journal, found int) error {
	missing, trimmed := 0, 0
	for key := range j.Owed {
		seq, err := strconv.ParseUint(key, 10, 64)
		switch {
		case err != nil: // an acknowledgement
		case seq < jr.First():
			trimmed++
		default:
			missing++
		}
	}
	if missing -= found; missing != 0 {
		return j.lost("%d of %d records; it holds %d to %d", missing, len(j.Owed), jr.First(), jr.Head().Seq)
	}
	if trimmed > 0 && jr.First() > number(j.Tried[ackKey])+1 {
		return j.lost("trimmed to %d, acknowledged was %s", jr.First(), j.Tried[ackKey])
	}
	if got := jr.Acknowledged(); got < number(j.Owed[ackKey]) || got > number(j.Tried[ackKey]) {
		return j.lost("acknowledged is %d, was %s, tried was %s", got, j.Owed[ackKey], j.Tried[ackKey])
	}
	return nil
}

func number(s string) uint64 {
	n, _ := strconv.ParseUint(s, 10, 64)
	return n
}

func stateName(writer byte) string { return fmt.Sprint("w", writer) }

// appendAll appends with all writers until one fails, or each has done enough.
func (j *Job) appendAll(jr *journal.Journal, last map[byte]uint64) error {
	var wg sync.WaitGroup
	errs := make([]error, j.Writers)
	for w := range j.Writers {
		wg.Go(func() { errs[w] = j.appendOne(jr, byte(w), last[byte(w)]) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (j *Job) appendOne(jr *journal.Journal, w byte, n uint64) error {
	rng := rand.New(rand.NewPCG(j.Seed, uint64(w)))
	for i := 0; j.Close == 0 || i < j.Close; i++ {
		drafts := j.drafts(rng, w, n)
		next := n + uint64(len(drafts))
		state := map[string][]byte{stateName(w): binary.BigEndian.AppendUint64(nil, next)}
		records, err := jr.AppendWith(state, drafts...)
		if errors.Is(err, journal.ErrFull) {
			j.say(Note, "full")
			time.Sleep(5 * time.Millisecond) // as a kiosk that is out of service would
			continue
		}
		if err != nil {
			j.say(Note, "broken") // nothing is acknowledged any more; the program starts again
			return err
		}

		n = next
		for _, r := range records {
			_, sum, err := r.Sum()
			if err != nil {
				return err
			}
			j.say(Owe, "%d %s", r.Seq, sum)
		}
	}
	return nil
}

func (j *Job) drafts(rng *rand.Rand, w byte, n uint64) []record.Draft {
	txn := fmt.Sprintf("%s00%010d", kioskName, n/7+1)
	drafts := make([]record.Draft, 1+rng.IntN(4))
	for i := range drafts {
		size := 60 + rng.IntN(400)
		if j.Large {
			size = 500 + rng.IntN(9000)
		}
		p := make([]byte, size)
		for x := range p {
			p[x] = byte(rng.Uint32())
		}
		p[0] = w
		binary.BigEndian.PutUint64(p[1:], n+uint64(i)+1)
		drafts[i] = record.Draft{Type: "note-stacked", Txn: txn, Version: 1, Payload: p}
	}
	return drafts
}

// upkeep acknowledges and trims for ever.
func (j *Job) upkeep(jr *journal.Journal) {
	rng := rand.New(rand.NewPCG(j.Seed, 99))
	for {
		time.Sleep(time.Duration(rng.IntN(20)) * time.Millisecond)
		head := jr.Head()
		if head.Seq == 0 {
			continue
		}
		j.say(Try, "%s %d", ackKey, head.Seq)
		if err := jr.Acknowledge(head); err != nil {
			j.say(Note, "acknowledge-failed")
			continue
		}
		j.say(Owe, "%s %d", ackKey, head.Seq)
		if rng.IntN(4) > 0 {
			continue
		}
		time.Sleep(2 * time.Millisecond)
		if n, err := jr.Trim(time.Now()); err != nil {
			j.say(Note, "trim-failed")
		} else if n > 0 {
			j.say(Note, "trimmed")
		}
	}
}

// fill takes all space of the disk but j.Fill.
func (j *Job) fill() {
	var st unix.Statfs_t
	if unix.Statfs(j.Dir, &st) != nil {
		return
	}
	n := int64(st.Bavail)*int64(st.Bsize) - j.Fill
	f, err := os.Create(filepath.Join(j.Dir, filler))
	if err != nil || n <= 0 {
		return
	}
	defer f.Close()
	if unix.Fallocate(int(f.Fd()), 0, 0, n) == nil {
		j.say(Note, "filled")
	}
}
