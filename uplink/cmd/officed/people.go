package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"wattkiosk/uplink/credential"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/people/passwd"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// Demonstration accounts, made by serve --demo and only then. They are printed,
// so they are no secret.
const demoPassword = passwd.Published

var demoUsers = []struct{ name, role string }{
	{"accountant", people.RoleAccountant}, {"operator", people.RoleOperator}, {"supervisor", people.RoleOperator}, // a rollout takes two
	{"cashier", people.RoleCashier},
}

// The demonstration technician, and the two who take the cash out.
const (
	demoTechnician = "1001"
	demoPIN        = "284915"
)

var demoCollectors = []people.Technician{
	{Number: "2001", Name: "李清机", Role: wire.RoleCollector}, {Number: "2002", Name: "赵清机", Role: wire.RoleCollector},
}

// addDemoUsers adds the demonstration accounts, and the technician, that are not
// there.
func addDemoUsers(ctx context.Context, books *store.Store) error {
	for _, u := range demoUsers {
		_, err := books.User(ctx, u.name)
		if errors.Is(err, stored.ErrNotFound) {
			err = addUser(ctx, books, u.name, u.role, demoPassword, "officed", time.Now())
		}
		if err != nil {
			return fmt.Errorf("cannot make demonstration account %s: %w", u.name, err)
		}
	}
	return addDemoTechnician(ctx, books)
}

func addDemoTechnician(ctx context.Context, books *store.Store) error {
	have, err := books.Technicians(ctx)
	if err != nil || len(have) > 0 {
		return err
	}
	pin, err := credential.HashPIN(demoPIN)
	if err != nil {
		return err
	}
	t := people.Technician{Number: demoTechnician, Name: "王技术", Role: wire.RoleTechnician, PIN: string(pin)}
	for _, t := range append([]people.Technician{t}, demoCollectors...) {
		t.PIN = string(pin)
		if err := books.PutTechnician(ctx, t, "officed", time.Now()); err != nil {
			return err
		}
	}

	return nil
}
