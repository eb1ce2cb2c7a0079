// Package allocation shares the costs of service departments, platforms and
// other pools out to those who use them: directly, step by step, or
// reciprocally where services also serve one another. Shares are fixed, even or
// by use; idle capacity stays with the pool or is spread; every cent that goes
// in comes out.
package allocation
