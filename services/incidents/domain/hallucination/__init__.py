"""What an output says that nothing in its run supports: guesses, each with its confidence; pure."""
