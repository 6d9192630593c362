package journal

import (
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"wattkiosk/payments/record"
)

// CheckState says whether a state value can be stored: a name of 1 to 128 bytes,
// a value of at most MaxState bytes.
func CheckState(name string, value []byte) error {
	switch {
	case name == "" || len(name) > maxStateName:
		return fmt.Errorf("%w: state name of %d bytes", record.ErrMalformed, len(name))
	case len(value) > MaxState:
		return fmt.Errorf("%w: state %s of %d bytes, limit %d", record.ErrMalformed, name, len(value), MaxState)
	}
	return nil
}

// SetState stores a small value that survives a restart, such as a policy or a
// counter; nil deletes it. It is as durable as Append, with the same errors.
func (j *Journal) SetState(name string, value []byte) error {
	_, err := j.AppendWith(map[string][]byte{name: value})
	return err
}

// State gives a copy of a stored value, or ErrNoState.
func (j *Journal) State(name string) (value []byte, err error) {
	err = j.view(func(v view) error {
		value, err = v.get(stateKey(name))
		return err
	})
	if errors.Is(err, badger.ErrKeyNotFound) {
		err = ErrNoState
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read state %s: %w", name, err)
	}
	return value, nil
}
