package journal

import (
	"fmt"

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
	err = j.view(func(view) error {
		j.mu.Lock()
		defer j.mu.Unlock()
		v, ok := j.c.state[name]
		if !ok {
			return ErrNoState
		}
		value = append([]byte{}, v...)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read state %s: %w", name, err)
	}
	return value, nil
}

// stateBytes is what all state values take.
func (j *Journal) stateBytes() (n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for name, v := range j.c.state {
		n += len(name) + len(v)
	}
	return n
}

// stateGrowth is what the state values will take more after the changes.
func (j *Journal) stateGrowth(changes []entry) (n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range changes {
		if e.name == "" {
			continue
		}
		if old, ok := j.c.state[e.name]; ok {
			n -= len(e.name) + len(old)
		}
		if e.kind == entryState {
			n += len(e.name) + len(e.value)
		}
	}
	return n
}
