package compensation

import "testing"

// TestTable spells out every cell; a change of policy must change this test.
func TestTable(t *testing.T) {
	type cell struct {
		m Money
		p Posting
	}
	for c, want := range map[cell]Action{
		{NoMoney, NotOrdered}: {Who: Nobody},
		{NoMoney, Pending}:    {Who: Nobody},
		{NoMoney, Booked}:     {Case: true, Who: HeadOffice, Slip: "disputed"},
		{NoMoney, Refused}:    {Who: Nobody},
		{NoMoney, Unknown}:    {Case: true, Who: HeadOffice, Slip: "disputed"},

		{Stacked, NotOrdered}: {Post: true, Who: Machine, Slip: "pending"},
		{Stacked, Pending}:    {Ask: true, Who: Machine, Slip: "pending"},
		{Stacked, Booked}:     {Who: Nobody, Slip: "paid"},
		{Stacked, Refused}:    {Owe: true, Case: true, Who: HeadOffice, Slip: "owed"},
		{Stacked, Unknown}:    {Case: true, Who: HeadOffice, Slip: "disputed"},

		{Unresolved, NotOrdered}: {Case: true, Who: HeadOffice, Slip: "disputed"},
		{Unresolved, Pending}:    {Ask: true, Case: true, Who: Machine, Slip: "pending"},
		{Unresolved, Booked}:     {Case: true, Who: HeadOffice, Slip: "paid"},
		{Unresolved, Refused}:    {Owe: true, Case: true, Who: HeadOffice, Slip: "owed"},
		{Unresolved, Unknown}:    {Case: true, Who: HeadOffice, Slip: "disputed"},
	} {
		if got := For(c.m, c.p); got != want {
			t.Errorf("For(%d, %d) = %+v, want %+v", c.m, c.p, got, want)
		}
	}
}

func TestOutsideTheTablePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	For(Unresolved+1, NotOrdered)
}
