package meter

import (
	"errors"
	"fmt"
	"time"

	"wattkiosk/hal"
)

// Engine is a meter driver without I/O.
type Engine = hal.Engine[Command, Event]

var _ hal.Command[Event] = Command{}

// Address is a meter's 12-digit communication address.
type Address string

// Check reports an address that no meter can have.
func (a Address) Check() error {
	if len(a) != 12 {
		return fmt.Errorf("meter address: %d digits, want 12", len(a))
	}
	for _, c := range a {
		if c < '0' || c > '9' {
			return errors.New("meter address: not all digits")
		}
	}
	return nil
}

// Item is one thing that a meter can be asked for.
type Item int

// The items, with the unit of Event.Value.
const (
	EnergyTotal     Item = iota + 1 // forward active energy, 0.01 kWh
	EnergyT1                        // of tariff 1 (sharp), 0.01 kWh
	EnergyT2                        // of tariff 2 (peak), 0.01 kWh
	EnergyT3                        // of tariff 3 (flat), 0.01 kWh
	EnergyT4                        // of tariff 4 (valley), 0.01 kWh
	RemainingMoney                  // fen
	RemainingEnergy                 // 0.01 kWh
	Overdraft                       // fen
	StateWord                       // state word 3, as the standard numbers its bits
	PurchaseCount                   // purchases loaded so far
	LastPurchase                    // fen
	LastPurchaseAt                  // Event.Time, to the minute, in the meter's own zone
)

var itemNames = [...]string{
	"", "energy-total", "energy-t1", "energy-t2", "energy-t3", "energy-t4", "remaining-money", "remaining-energy",
	"overdraft", "state-word", "purchase-count", "last-purchase", "last-purchase-at",
}

// String names the item.
func (i Item) String() string {
	if i < 1 || int(i) >= len(itemNames) {
		return fmt.Sprintf("Item(%d)", int(i))
	}
	return itemNames[i]
}

// Op is what a driver can be ordered to do.
type Op int

// Commands.
const (
	// Find asks the one meter on the line for its address.
	Find Op = iota + 1
	// Read asks the meter of Command.Address for Command.Item.
	Read
)

// String names the command.
func (o Op) String() string {
	switch o {
	case Find:
		return "find"
	case Read:
		return "read"
	}
	return fmt.Sprintf("Op(%d)", int(o))
}

// Command is one request.
type Command struct {
	ID      uint32
	Op      Op
	Address Address // Read
	Item    Item    // Read
}

// Refused implements hal.Command.
func (c Command) Refused(why error) Event {
	return Event{Kind: NotDone, ID: c.ID, Item: c.Item, Err: why}
}

// Kind says how a request ended.
type Kind int

// Events.
const (
	Done Kind = iota + 1
	NotDone
)

// String names the event.
func (k Kind) String() string {
	switch k {
	case Done:
		return "done"
	case NotDone:
		return "not-done"
	}
	return fmt.Sprintf("Kind(%d)", int(k))
}

// Why a request was not done.
var (
	ErrSilent   = errors.New("meter does not answer")
	ErrNoItem   = errors.New("meter does not have this value")
	ErrRefused  = errors.New("meter refused the request")
	ErrLine     = errors.New("answer of the meter was damaged")
	ErrArgument = errors.New("invalid request")
)

// Event is the answer to the command with ID.
type Event struct {
	Kind    Kind
	ID      uint32
	Address Address   // of the meter that answered
	Item    Item      // Done of Read
	Value   int64     // Done of Read, in the item's unit; negative where the meter says so
	Time    time.Time // LastPurchaseAt, as wall clock in UTC fields
	Err     error     // NotDone: one of the Err values, wrapped with the meter's own code
}
