package storetest

import (
	"testing"

	"wattkiosk/uplink/office/store/postgrestest"
)

// StartPostgres runs a PostgreSQL of its own for the test, and returns the URL of its empty
// database "books". Without Debian's binaries the test is skipped.
func StartPostgres(t testing.TB) string {
	t.Helper()
	if !postgrestest.Installed() {
		t.Skip("PostgreSQL 15 is not installed")
	}

	return "postgres:///books?user=books&host=" + postgrestest.Start(t, "books").Dir
}
