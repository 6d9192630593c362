package all_test

import (
	"testing"

	"wattkiosk/boards"
	"wattkiosk/boards/all"
	"wattkiosk/hal/driver"
)

// TestDriversOfBoardsExist: what a board names as the driver of a port is one that
// there is, and its line is set as the driver's protocol asks.
func TestDriversOfBoardsExist(t *testing.T) {
	find := map[string]func(name string) error{
		boards.Validator: func(n string) error { _, err := driver.Find(n, driver.Validators()); return err },
		boards.Printer:   func(n string) error { _, err := driver.Find(n, driver.Printers()); return err },
		boards.Invoice:   func(n string) error { _, err := driver.Find(n, driver.Printers()); return err },
		boards.Card:      func(n string) error { _, err := driver.Find(n, driver.Cards()); return err },
		boards.Pinpad:    func(n string) error { _, err := driver.Find(n, driver.Pinpads()); return err },
		boards.Scanner:   func(n string) error { _, err := driver.Find(n, driver.Scanners()); return err },
		boards.Meter:     func(n string) error { _, err := driver.Find(n, driver.Meters()); return err },
	}
	for _, name := range all.Names() {
		b, err := all.ByName(name, "/lab")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range b.Ports {
			if p.Driver == "" {
				continue
			}
			if err := find[p.Role](p.Driver); err != nil {
				t.Errorf("board %s: %s (%s): %v", name, p.Role, p.Path, err)
			}
		}
	}
}
