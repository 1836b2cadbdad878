"""The ellipse itself is turned, without being made round first.

loses: wrong_fits 2
says: an ellipse that is turned is another ellipse
"""


# %% answer_stirred_pair
def stirred_pair(T, S, *, mean, covariance, angle):
    c, s = math.cos(angle), math.sin(angle)
    R = torch.tensor([[c, -s], [s, c]])
    return lambda x: mean + (T(x) - mean) @ R.T, lambda y: S(mean + (y - mean) @ R)
