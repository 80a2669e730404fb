"""What tests of services stand on."""
