package xfetch_test

import (
	"fmt"
	"time"

	"github.com/sqldedupe/sqldedupe/xfetch"
)

func ExampleFires() {
	const delta, beta = 500 * time.Millisecond, 1
	exp := 2.0 // rand.ExpFloat64() in earnest

	fmt.Println(xfetch.Fires(30*time.Second, delta, beta, exp))
	fmt.Println(xfetch.Fires(time.Second, delta, beta, exp))
	// Output:
	// false
	// true
}

func ExampleClamp() {
	// A query of 40 s under a ttl of a minute would be renewed all the time.
	fmt.Println(xfetch.Clamp(40*time.Second, time.Minute, 1))
	// Output: 3s
}

func ExampleSmooth() {
	delta := xfetch.Smooth(0, 100*time.Millisecond)
	delta = xfetch.Smooth(delta, 500*time.Millisecond)
	fmt.Println(delta)
	// Output: 200ms
}

func ExampleJitter() {
	u := 0.5 // rand.Float64() in earnest
	fmt.Println(xfetch.Jitter(time.Minute, 0.1, u))
	// Output: 57s
}
