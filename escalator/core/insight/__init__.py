"""What the past teaches: loads of people, spreads of time, noisy alerts and what to do about them. Pure calculations on
what the store has added up.
"""
