"""Video by Conv-TT-LSTM and by ConvLSTM: parameters, learning on a CPU, and curves on a GPU."""
