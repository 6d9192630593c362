package journal

import (
	"fmt"

	"wattkiosk/payments/record"
)

// Bounds of one commit.
const (
	MaxAppendBytes = 512 << 10  // of one call: payloads, names and 192 for each draft or state value
	maxBatchWrites = 4000       // entries of one commit
	MaxState       = 64<<10 - 1 // bytes of a state value
	MaxStates      = 1 << 20    // bytes of all state values and their names
	maxStateName   = 128
	maxWaiting     = 256 // calls in the queue; further ones block
	perWrite       = 192 // what an entry takes besides its names and payload, at most
)

// call is what waits to be committed.
type call struct {
	drafts  []record.Draft
	changes []entry // beside the records
	probe   bool    // the end of the log is to be looked at
	house   bool    // passes the gate down to the upkeep threshold
	bytes   int
	count   int // entries

	records []record.Record
	err     error
	done    chan struct{}
}

// Append seals drafts into the next records of the chain, in this order and
// without another record between them, and returns them once they are synced.
// All of them are stored, or none. It blocks while the queue is full. Errors:
// record.ErrMalformed, ErrTooLarge (also where all state values together pass
// MaxStates), ErrFull (nothing was written), ErrBroken (not
// known), ErrReadOnly, ErrClosed. The payloads must not be changed until it
// returns; the records share them.
func (j *Journal) Append(drafts ...record.Draft) ([]record.Record, error) {
	return j.AppendWith(nil, drafts...)
}

// AppendWith is Append that changes state values in the same transaction. A nil
// value deletes.
func (j *Journal) AppendWith(state map[string][]byte, drafts ...record.Draft) ([]record.Record, error) {
	c, err := newCall(state, drafts)
	if err == nil && c.count > 0 {
		err = j.submit(c)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot append: %w", err)
	}
	return c.records, nil
}

// CheckAppend says whether one call of AppendWith could take these, apart from
// what the store is in: its error is the one that AppendWith would answer.
func CheckAppend(state map[string][]byte, drafts []record.Draft) error {
	_, err := newCall(state, drafts)
	return err
}

func newCall(state map[string][]byte, drafts []record.Draft) (*call, error) {
	c := &call{drafts: drafts}
	for i, d := range drafts {
		if err := d.Check(); err != nil {
			return nil, fmt.Errorf("draft %d: %w", i, err)
		}
		c.count++
		c.bytes += perWrite + len(d.Type) + 2*len(d.Txn) + len(d.Payload)
	}
	for name, value := range state {
		if err := CheckState(name, value); err != nil {
			return nil, err
		}
		kind := byte(entryState)
		if value == nil {
			kind = entryDelete
		}
		c.changes = append(c.changes, entry{kind, name, value})
		c.count++
		c.bytes += perWrite + len(name) + len(value)
	}
	if c.bytes > MaxAppendBytes || c.count > maxBatchWrites {
		return nil, fmt.Errorf("%w: %d bytes, limit %d", ErrTooLarge, c.bytes, MaxAppendBytes)
	}
	return c, nil
}

// Probe passes an empty call through the queue and writes nothing. That it
// returns, whatever the error, shows that commits come round: it stands in the
// same queue as records. Then it reads the newest segment's header and the
// last frame back from the disk: where they are not what was written it answers
// ErrBroken, and nothing is written any more.
func (j *Journal) Probe() error { return j.submit(&call{probe: true}) }
