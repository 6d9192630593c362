package memstore_test

import (
	"testing"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/memstore"
	"wattkiosk/uplink/office/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(*testing.T) *store.Store { return memstore.New(books.Rules{}) })
}
