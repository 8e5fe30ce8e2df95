"""What is wrong with this installation, and the remedy for each fault.

Lives here: checks that only look. Must not live here: anything that mends, sends or migrates; printing (``cli``).
"""
