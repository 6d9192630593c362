package config

import _ "embed"

//go:embed kiosk.toml
var example string

// Example is a kiosk.toml with every key, its default and its meaning. Loaded
// as it is, it gives Default with a terminal number.
func Example() string { return example }
